// A product page: quantity, and into the cart. The product's facts come from the page's own JSON-LD.

import { cart } from "./storage.js";
import { cents } from "./money.js";

const facts = JSON.parse(document.querySelector("script[type='application/ld+json']").textContent);
const product = {
  id: facts.sku,
  name: facts.name,
  variant: facts.color,
  category: facts.category,
  price: cents(facts.offers.price),
  image: facts.image,
  url: location.pathname,
};
const article = document.querySelector(".product");
const quantity = document.querySelector("#quantity");
const status = document.querySelector("#added");

quantity.addEventListener("change", () => {
  article.dataset.mpQuantity = quantity.value;
});
article.dataset.mpQuantity = quantity.value;

document.querySelector("#add").addEventListener("click", () => {
  const count = Number(quantity.value);
  cart.add(product, count);
  status.innerHTML = "";
  const link = Object.assign(document.createElement("a"), { href: "/cart.html", textContent: "View your cart" });
  status.append(`${count} × ${product.name} added. `, link);
});
