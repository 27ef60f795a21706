// What every page has: the number in the cart, and the privacy banner.

import { cart } from "./storage.js";
import { attachPrivacy } from "./privacy.js";

function showCount() {
  const count = cart.count();
  for (const badge of document.querySelectorAll("[data-cart-count]")) {
    badge.textContent = count;
    badge.hidden = count === 0;
  }
}

showCount();
addEventListener("shop:cart", showCount);
addEventListener("pageshow", (event) => event.persisted && showCount());
attachPrivacy();
