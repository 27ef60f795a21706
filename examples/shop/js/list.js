// The product list's filter by category; the address keeps it, so that a filtered list can be shared.

const buttons = [...document.querySelectorAll("[data-filter]")];
const cards = [...document.querySelectorAll(".card[data-category]")];
const status = document.querySelector("#filter-status");

function apply(category) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === category));
  for (const card of cards) card.hidden = category !== "all" && card.dataset.category !== category;
  const count = cards.filter((card) => !card.hidden).length;
  status.textContent = `${count} ${count === 1 ? "piece" : "pieces"}`;
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    apply(button.dataset.filter);
    const hash = button.dataset.filter === "all" ? "" : `#${button.dataset.filter}`;
    history.replaceState(null, "", location.pathname + location.search + hash);
  });
}

const wanted = location.hash.slice(1);
if (buttons.some((button) => button.dataset.filter === wanted)) apply(wanted);
