// The shop's own memory in this browser: cart, checkout so far, last order. All keys begin with `shop-`.

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: this page still works, the next one starts with what was there before.
  }
}

/** Lines `{ id, name, variant, category, price (cents), image, url, quantity }`. */
export const cart = {
  lines: () => read("shop-cart", []),
  count: () => cart.lines().reduce((sum, line) => sum + line.quantity, 0),
  total: () => cart.lines().reduce((sum, line) => sum + line.quantity * line.price, 0),
  add(product, quantity) {
    const lines = cart.lines();
    const line = lines.find((each) => each.id === product.id);
    if (line) line.quantity += quantity;
    else lines.push({ ...product, quantity });
    save(lines);
  },
  setQuantity(id, quantity) {
    save(cart.lines().map((line) => (line.id === id ? { ...line, quantity } : line)));
  },
  remove: (id) => save(cart.lines().filter((line) => line.id !== id)),
  clear: () => save([]),
};

function save(lines) {
  write("shop-cart", lines.length ? lines : null);
  dispatchEvent(new CustomEvent("shop:cart"));
}

/** `{ contact: {…}, tier, payment }`, filled step by step. */
export const checkout = {
  read: () => read("shop-checkout", {}),
  merge: (more) => write("shop-checkout", { ...checkout.read(), ...more }),
  clear: () => write("shop-checkout", null),
};

/** `{ id, lines, tier, payment, shipping, tax, total, shown }` */
export const lastOrder = {
  read: () => read("shop-order", null),
  write: (order) => write("shop-order", order),
};

/** `{ analytics, marketing, functional }`, each "granted" or "denied"; null until the visitor has chosen. */
export const consent = {
  read: () => read("shop-consent", null),
  write: (choice) => write("shop-consent", choice),
};
