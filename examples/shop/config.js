// Where this shop sends what it measures. `cargo xtask demo` serves its own version of this file.
window.SHOP = { collector: "http://127.0.0.1:8787" };
