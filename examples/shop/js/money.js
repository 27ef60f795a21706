// Amounts are whole cents inside the shop, so that sums are exact.

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });

/** "19.99" -> 1999 */
export function cents(text) {
  const [whole, fraction = ""] = text.split(".");
  return Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
}

/** 1999 -> "19.99", the form that tags carry. */
export function decimal(amount) {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
}

/** 1999 -> "€19.99", the form that people read. */
export function shown(amount) {
  return euros.format(amount / 100);
}
