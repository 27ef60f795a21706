// What visitors of the shop do. Twenty or more of them do everything that is here.

const PRODUCTS = ["dune-mug", "tide-mug", "ember-espresso-cup", "chalk-tumbler", "kelp-breakfast-bowl", "ink-noodle-bowl", "chalk-dinner-plate", "kelp-teapot"];
const TIERS = ["standard", "express", "studio"];
const PAYMENTS = ["card", "bank", "invoice"];

const card = (slug) => `.cards a[href="/products/${slug}.html"]`;

/** Each story: a name, and an `async (visitor, choose)`, where `choose` picks from a list. */
export const STORIES = [
  ["buys three tumblers", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.answerBanner("accept");
    await visitor.look();
    await visitor.follow(card("chalk-tumbler"), "select_item");
    await visitor.look();
    await visitor.addToCart(3);
    await order(visitor, choose, 5);
  }],
  ["buys two things", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.answerBanner("accept");
    await visitor.read(choose([0.35, 0.55, 0.8]));
    await visitor.follow(card("dune-mug"), "select_item");
    await visitor.look();
    await visitor.addToCart();
    await visitor.look();
    await visitor.open("/products/kelp-teapot.html");
    await visitor.read(0.95);
    await visitor.look();
    await visitor.addToCart(2);
    await order(visitor, choose, 5);
  }],
  ["refuses and buys", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.answerBanner("refuse");
    await visitor.look();
    await visitor.follow(card(choose(PRODUCTS)), "select_item");
    await visitor.addToCart();
    await order(visitor, choose, 5);
  }],
  ["never answers the banner", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.look();
    await visitor.follow(card(choose(PRODUCTS)), "select_item");
    await visitor.look();
    await visitor.addToCart();
    await visitor.open("/journal.html");
    await visitor.read(0.6);
    await visitor.closeTab();
  }],
  ["accepts on the product page and buys", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.look();
    await visitor.follow(card(choose(PRODUCTS)), "select_item");
    await visitor.look();
    await visitor.addToCart();
    await visitor.look();
    await visitor.answerBanner("accept");
    await order(visitor, choose, 5);
  }],
  ["leaves at the list", async (visitor, choose) => {
    await visitor.open("/?utm_source=letter&utm_medium=email&utm_campaign=november");
    await visitor.answerBanner("accept");
    await visitor.click("[data-filter=bowls]");
    await visitor.look();
    await visitor.click("[data-filter=all]");
    await visitor.read(choose([0.3, 0.55, 0.8]));
    await visitor.closeTab();
  }],
  ["chooses measurement alone and leaves at a product", async (visitor, choose) => {
    await visitor.open(`/products/${choose(PRODUCTS)}.html`);
    await visitor.answerBanner("some");
    await visitor.read(1);
    await visitor.look();
    await visitor.closeTab();
  }],
  ["leaves at the cart", (visitor, choose) => buyUntil(visitor, choose, 1)],
  ["leaves at the address", (visitor, choose) => buyUntil(visitor, choose, 2)],
  ["leaves at the payment", (visitor, choose) => buyUntil(visitor, choose, 3)],
  ["leaves at the review", (visitor, choose) => buyUntil(visitor, choose, 4)],
  ["watches half the film", async (visitor) => {
    await visitor.open("/journal.html");
    await visitor.answerBanner("accept");
    await visitor.watch(0.3);
    await visitor.look();
    await visitor.watch(0.6);
    await visitor.read(0.8);
    await visitor.closeTab();
  }],
  ["watches all of it and asks for an invitation", async (visitor) => {
    await visitor.open("/journal.html");
    await visitor.answerBanner("accept");
    await visitor.watch(1);
    await visitor.read(1);
    await visitor.fill("kiln-opening", { "visit-email": "ada@example.org" });
    await visitor.submit("kiln-opening", "generate_lead");
    await visitor.look();
    await visitor.closeTab();
  }],
  ["skips to the end of the film and begins a form", async (visitor) => {
    await visitor.open("/journal.html");
    await visitor.answerBanner("accept");
    await visitor.watch(0.15);
    await visitor.seek(0.95);
    await visitor.watch(1);
    await visitor.fill("kiln-opening", { "visit-email": "ada@" });
    await visitor.look();
    await visitor.closeTab();
  }],
  ["goes back and forth between list and products", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.answerBanner("accept");
    await visitor.read(0.6);
    await visitor.follow(card("ink-noodle-bowl"), "select_item");
    await visitor.look();
    await visitor.back();
    await visitor.look();
    await visitor.follow(card("kelp-breakfast-bowl"), "select_item");
    await visitor.look();
    await visitor.back();
    await visitor.read(choose([0.8, 1]));
    await visitor.closeTab();
  }],
  ["closes the tab right after adding to the cart", async (visitor, choose) => {
    await visitor.open("/");
    await visitor.answerBanner("accept");
    await visitor.look();
    await visitor.follow(card(choose(PRODUCTS)), "select_item");
    await visitor.look();
    await visitor.clickAndCloseTab("#add", "add_to_cart");
  }],
  ["takes something out of the cart again", async (visitor) => {
    await visitor.open("/products/tide-mug.html");
    await visitor.answerBanner("accept");
    await visitor.look();
    await visitor.addToCart(2);
    await visitor.open("/products/ember-espresso-cup.html");
    await visitor.look();
    await visitor.addToCart();
    await visitor.follow("#added a");
    await visitor.look();
    await visitor.click(".line:nth-child(1) .remove", "remove_from_cart");
    await visitor.look();
    await visitor.click(".line .remove", "remove_from_cart");
    await visitor.look();
    await visitor.closeTab();
  }],
  ["subscribes to the letter", async (visitor) => {
    await visitor.open("/");
    await visitor.answerBanner("accept");
    await visitor.read(1);
    await visitor.fill("kiln-letter", { "letter-email": "ada@example.org" });
    await visitor.submit("kiln-letter", "sign_up");
    await visitor.look();
    await visitor.closeTab();
  }],
  ["refuses, changes her mind in the footer", async (visitor, choose) => {
    await visitor.open("/journal.html");
    await visitor.look();
    await visitor.answerBanner("none");
    await visitor.read(1);
    await visitor.reopenBanner();
    await visitor.answerBanner("accept");
    await visitor.look();
    await visitor.open(`/products/${choose(PRODUCTS)}.html`);
    await visitor.look();
    await visitor.closeTab();
  }],
  ["accepts on the second page and goes back to the first", async (visitor) => {
    await visitor.open("/");
    await visitor.read(0.4);
    await visitor.follow(card("tide-mug"), "select_item");
    await visitor.look();
    await visitor.answerBanner("accept");
    await visitor.look();
    await visitor.back();
    await visitor.look();
    await visitor.closeTab();
  }],
];

async function buyUntil(visitor, choose, steps) {
  await visitor.open("/");
  await visitor.answerBanner("accept");
  await visitor.look();
  await visitor.follow(card(choose(PRODUCTS)), "select_item");
  await visitor.look();
  await visitor.addToCart(choose([1, 2, 3]));
  await order(visitor, choose, steps);
}

/** From a product in the cart: 1 cart, 2 address begun, 3 payment begun, 4 review, 5 ordered. */
async function order(visitor, choose, steps) {
  await visitor.look();
  await visitor.follow("#added a");
  await visitor.look();
  if (steps >= 2) {
    await visitor.follow(".begin", "begin_checkout");
    await visitor.giveAddress(choose(TIERS));
    await visitor.look();
  }
  if (steps >= 3) {
    await visitor.toPayment();
    await visitor.choosePayment(choose(PAYMENTS));
    await visitor.look();
  }
  if (steps >= 4) {
    await visitor.toReview();
    await visitor.look();
  }
  if (steps >= 5) {
    await visitor.follow("#place");
    await visitor.look();
  }
  await visitor.closeTab();
}
