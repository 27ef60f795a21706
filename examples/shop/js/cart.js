// The cart page: lines, quantities, removal, sum.

import { cart } from "./storage.js";
import { shown } from "./money.js";
import { describe } from "./item.js";

const place = document.querySelector("#cart");

function lineElement(line) {
  const element = document.querySelector("#line").content.firstElementChild.cloneNode(true);
  describe(element, line);
  const image = element.querySelector("img");
  image.src = line.image;
  const link = element.querySelector("a");
  link.href = line.url;
  link.textContent = line.name;
  element.querySelector(".variant").textContent = `${line.variant} glaze · ${shown(line.price)} each`;
  const select = element.querySelector("select");
  const highest = Math.max(6, line.quantity);
  for (let count = 1; count <= highest; count += 1) select.add(new Option(count, count, false, count === line.quantity));
  select.setAttribute("aria-label", `Quantity of ${line.name}`);
  select.addEventListener("change", () => {
    cart.setQuantity(line.id, Number(select.value));
    element.setAttribute("data-mp-quantity", select.value);
    sums();
  });
  const remove = element.querySelector(".remove");
  remove.setAttribute("aria-label", `Remove ${line.name}`);
  remove.addEventListener("click", () => {
    cart.remove(line.id);
    element.remove();
    if (cart.count()) {
      sums();
      place.querySelector("h2").focus();
    } else {
      empty();
    }
  });
  return element;
}

function sums() {
  for (const line of cart.lines()) {
    const element = place.querySelector(`[data-mp-item-id="${CSS.escape(line.id)}"]`);
    element.querySelector(".line-total").textContent = shown(line.price * line.quantity);
  }
  place.querySelector(".sum").textContent = shown(cart.total());
}

function empty() {
  place.replaceChildren(document.querySelector("#empty").content.cloneNode(true));
  place.querySelector("h2").focus();
}

function fill() {
  const filled = document.querySelector("#filled").content.cloneNode(true);
  filled.querySelector(".lines").append(...cart.lines().map(lineElement));
  // In one go: the tag on the cart reads its lines when it appears.
  place.replaceChildren(filled);
  sums();
}

if (cart.count()) fill();
else empty();
