// Step 1: who and where, and how it travels.

import { cart, checkout } from "./storage.js";
import { TIERS, costs, showOrder, showSums } from "./order.js";
import { shown } from "./money.js";

const form = document.querySelector("#delivery");
const earlier = checkout.read();
const FIELDS = ["email", "name", "street", "postcode", "city", "country"];

const tier = () => form.elements.tier.value;

function tierChanged() {
  form.setAttribute("data-mp-shipping-tier", tier());
  showSums(costs(cart.lines(), tier()), tier());
}

showOrder(earlier.tier ?? "standard");
for (const field of FIELDS) if (earlier.contact?.[field]) form.elements[field].value = earlier.contact[field];
if (earlier.tier) form.elements.tier.value = earlier.tier;
for (const [key, { price }] of Object.entries(TIERS)) {
  const cost = price(cart.total());
  form.querySelector(`[data-tier-price=${key}]`).textContent = cost ? shown(cost) : "free";
}
form.addEventListener("change", (event) => event.target.name === "tier" && tierChanged());
tierChanged();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const contact = Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value.trim()]));
  checkout.merge({ contact, tier: tier() });
  location.assign("/payment.html");
});
