// Marks an element as one line of cart or order, in the words of the measuring tag.

import { decimal } from "./money.js";

export function describe(element, line) {
  element.setAttribute("data-mp-item-id", line.id);
  element.setAttribute("data-mp-item-name", line.name);
  element.setAttribute("data-mp-item-brand", "Saltmarsh");
  element.setAttribute("data-mp-item-category", line.category);
  element.setAttribute("data-mp-item-variant", line.variant);
  element.setAttribute("data-mp-price", decimal(line.price));
  element.setAttribute("data-mp-quantity", line.quantity);
}
