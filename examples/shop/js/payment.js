// Step 2: how it is paid. Only the kind of payment is kept; what is typed into the card fields is never read.

import { checkout } from "./storage.js";
import { chosenTier, showOrder } from "./order.js";

const form = document.querySelector("#payment");
const card = document.querySelector("#card-fields");

function kindChanged() {
  const kind = form.elements.kind.value;
  form.setAttribute("data-mp-payment-type", kind);
  card.hidden = kind !== "card";
  card.disabled = card.hidden;
}

if (chosenTier()) showOrder(chosenTier());
else location.replace("/checkout.html");
form.elements.kind.value = checkout.read().payment ?? "card";
form.addEventListener("change", kindChanged);
kindChanged();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  checkout.merge({ payment: form.elements.kind.value });
  location.assign("/review.html");
});
