// What an order costs, and how it is shown beside each step of the checkout.

import { cart, checkout } from "./storage.js";
import { shown } from "./money.js";
import { describe } from "./item.js";

export const TIERS = {
  standard: { name: "Standard, 3–5 days", price: (total) => (total >= 8000 ? 0 : 490) },
  express: { name: "Express, next working day", price: () => 990 },
  studio: { name: "Collect at the studio", price: () => 0 },
};

export const PAYMENTS = { card: "Card", bank: "Bank transfer", invoice: "Invoice, 14 days" };

/** Prices include 20 % value-added tax; what of it is tax is worked out from the total. */
export function costs(lines, tier) {
  const goods = lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const shipping = TIERS[tier] ? TIERS[tier].price(goods) : 0;
  const total = goods + shipping;
  return { goods, shipping, total, tax: Math.round(total / 6) };
}

export function orderLine(line) {
  const element = document.querySelector("#order-line").content.firstElementChild.cloneNode(true);
  describe(element, line);
  const image = element.querySelector("img");
  image.src = line.image;
  element.querySelector(".order-name").textContent = `${line.quantity} × ${line.name}`;
  element.querySelector(".order-price").textContent = shown(line.price * line.quantity);
  return element;
}

/** Fills `.order` (lines) and `.order-sums`; goes back to the cart when there is nothing to order. */
export function showOrder(tier) {
  const lines = cart.lines();
  if (!lines.length) {
    location.replace("/cart.html");
    return;
  }
  document.querySelector(".order-lines").replaceChildren(...lines.map(orderLine));
  showSums(costs(lines, tier), tier);
}

export function showSums({ goods, shipping, total, tax }, tier) {
  const shippingText = !tier ? "chosen next" : shipping ? shown(shipping) : "free";
  document.querySelector(".order-sums").innerHTML = `
    <div><dt>Pottery</dt><dd>${shown(goods)}</dd></div>
    <div><dt>Delivery</dt><dd>${shippingText}</dd></div>
    <div class="total"><dt>Total</dt><dd>${shown(total)}</dd></div>
    <div class="tax"><dt>of which VAT</dt><dd>${shown(tax)}</dd></div>`;
}

export const chosenTier = () => checkout.read().tier;
