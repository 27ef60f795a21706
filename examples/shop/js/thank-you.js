// The order is placed: show it. The tag says `purchase` the first time only, so a reload counts nothing twice.

import { lastOrder } from "./storage.js";
import { decimal } from "./money.js";
import { TIERS, orderLine, showSums } from "./order.js";

const order = lastOrder.read();
const place = document.querySelector("#order");

function tag(element) {
  element.setAttribute("data-mp-event", "purchase");
  element.setAttribute("data-mp-on", "load");
  element.setAttribute("data-mp-transaction-id", order.id);
  element.setAttribute("data-mp-value", decimal(order.goods));
  element.setAttribute("data-mp-tax", decimal(order.tax));
  element.setAttribute("data-mp-shipping", decimal(order.shipping));
}

if (order) {
  const content = document.querySelector("#placed").content.cloneNode(true);
  const section = content.querySelector(".placed");
  section.querySelector(".order-number").textContent = order.id;
  section.querySelector(".order-way").textContent = TIERS[order.tier].name;
  section.querySelector(".order-lines").append(...order.lines.map(orderLine));
  if (!order.shown) tag(section);
  place.replaceChildren(content);
  showSums(order, order.tier);
  lastOrder.write({ ...order, shown: true });
} else {
  place.replaceChildren(document.querySelector("#none").content.cloneNode(true));
}
