// The studio's courses, as a shop's server would send them.

/** One course. */
export interface Course {
  id: string;
  name: string;
  kind: "relief" | "stencil" | "light" | "paper";
  short: string;
  text: readonly string[];
  length: string;
  dates: readonly string[];
  /** Euros as decimal text, as they are told to the tracker: no binary fraction ever touches them. */
  price: string;
}

/** A price for people. */
export const price = (course: Course): string => `€${course.price}`;

export const courses: readonly Course[] = [
  {
    id: "linocut",
    name: "Linocut weekend",
    kind: "relief",
    short: "Carve a block, ink it, pull an edition of ten.",
    text: [
      "On Saturday you draw, transfer and carve; on Sunday you mix two colours and print until all ten sheets agree with each other.",
      "Gouges, lino and paper are here. Left-handed gouges, too.",
    ],
    length: "2 days",
    dates: ["14 and 15 March", "9 and 10 May"],
    price: "145.00",
  },
  {
    id: "letterpress",
    name: "Letterpress evening",
    kind: "relief",
    short: "Set a line of lead by hand and print it on a proofing press.",
    text: [
      "You learn the case, the stick and the quoin, and why a capital is in the upper case.",
      "Everybody goes home with twenty cards and at least one letter upside down.",
    ],
    length: "3 hours",
    dates: ["6 March", "3 April", "8 May"],
    price: "68.00",
  },
  {
    id: "riso",
    name: "Risograph Saturday",
    kind: "stencil",
    short: "Two drums, two colours, one poster of your own.",
    text: [
      "Separate a drawing into two layers, choose inks from nine drums, and see what happens where they meet.",
      "Bring an idea on paper or as a file; thirty A3 prints are included.",
    ],
    length: "1 day",
    dates: ["28 March", "25 April"],
    price: "92.50",
  },
  {
    id: "screen",
    name: "Screen printing",
    kind: "stencil",
    short: "From an empty mesh to a bag, a shirt and a print.",
    text: [
      "Coat and expose a screen on the first evening, print on the second, clean up and print something better on the third.",
      "We work with water-based inks; textiles can be brought.",
    ],
    length: "3 evenings",
    dates: ["from 10 March", "from 14 April"],
    price: "160.00",
  },
  {
    id: "cyanotype",
    name: "Cyanotype morning",
    kind: "light",
    short: "Blueprints of leaves, lace and whatever casts a shadow.",
    text: [
      "Paper is coated in the dim and exposed in the sun, or under lamps where there is none.",
      "For children from ten on, too, with somebody grown up beside them.",
    ],
    length: "3 hours",
    dates: ["18 April", "16 May", "13 June"],
    price: "54.00",
  },
  {
    id: "binding",
    name: "Bookbinding in a day",
    kind: "paper",
    short: "Fold, sew and case a notebook that opens flat.",
    text: [
      "Eight sections of good paper, a linen thread, two boards and a cloth of your choice become a book by five o'clock.",
      "No machine is used, and no experience is needed.",
    ],
    length: "1 day",
    dates: ["21 March", "30 May"],
    price: "110.00",
  },
];
