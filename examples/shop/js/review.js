// Step 3: everything once more, then the order.

import { cart, checkout, lastOrder } from "./storage.js";
import { PAYMENTS, TIERS, costs, showOrder } from "./order.js";

const { contact, tier, payment } = checkout.read();

function orderNumber() {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const tail = crypto.getRandomValues(new Uint32Array(1))[0].toString(36).toUpperCase().padStart(7, "0");
  return `SM-${day}-${tail}`;
}

function place() {
  const lines = cart.lines();
  lastOrder.write({ id: orderNumber(), lines, tier, payment, ...costs(lines, tier), shown: false });
  cart.clear();
  checkout.clear();
  location.assign("/thank-you.html");
}

if (contact && tier && payment) {
  showOrder(tier);
  document.querySelector("#to").textContent = [contact.name, contact.street, `${contact.postcode} ${contact.city}`, contact.country].join(", ");
  document.querySelector("#mail").textContent = contact.email;
  document.querySelector("#by").textContent = TIERS[tier].name;
  document.querySelector("#pay").textContent = PAYMENTS[payment];
  document.querySelector("#place").addEventListener("click", place);
} else {
  location.replace(tier ? "/payment.html" : "/checkout.html");
}
