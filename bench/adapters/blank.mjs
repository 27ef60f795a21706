// No tracker: what the page and the measuring themselves cost, subtracted from every other.

export default {
  name: "blank",
  title: "blank page",
  packages: [],
  captures: "nothing",
  byItself: [],
  notes: [],
  script: "globalThis.track = () => {};",
  ingests: () => false,
  answer: () => null,
  events: () => [],
};
