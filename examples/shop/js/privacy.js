// The privacy banner: accept all, refuse, or choose; open again from the footer to change one's mind.

import { consent } from "./storage.js";

const BANNER = `
  <h2 id="privacy-title" tabindex="-1">May we count your visit?</h2>
  <p>With your permission we count which pages and pots people like, to plan the next kiln.
    Refusing changes nothing about the shop.</p>
  <div class="privacy-choices" hidden>
    <label><input type="checkbox" data-purpose="analytics"> <span><b>Measurement</b> Pages, films and steps to the order, counted for us alone</span></label>
    <label><input type="checkbox" data-purpose="marketing"> <span><b>Advertising</b> Which advertisement brought you here</span></label>
  </div>
  <div class="privacy-buttons">
    <button type="button" class="button" data-privacy="accept">Accept all</button>
    <button type="button" class="button" data-privacy="refuse">Refuse</button>
    <button type="button" class="button quiet" data-privacy="choose" aria-expanded="false">Choose</button>
    <button type="button" class="button" data-privacy="save" hidden>Save my choice</button>
  </div>`;

/** Shows the banner to who has not chosen yet, and to who asks for it. */
export function attachPrivacy() {
  if (!consent.read()) open();
  for (const button of document.querySelectorAll("[data-privacy-open]")) {
    button.addEventListener("click", () => open().querySelector("h2").focus());
  }
  // The choice may have been made on another page or in another tab since.
  addEventListener("pageshow", (event) => event.persisted && consent.read() && close());
  addEventListener("storage", (event) => event.key === "shop-consent" && consent.read() && close());
}

function open() {
  const shown = document.querySelector(".privacy");
  if (shown) return shown;
  const banner = document.createElement("section");
  banner.className = "privacy";
  banner.setAttribute("aria-labelledby", "privacy-title");
  banner.setAttribute("data-mp-ignore", "");
  banner.innerHTML = BANNER;
  const earlier = consent.read();
  for (const box of banner.querySelectorAll("[data-purpose]")) {
    box.checked = earlier?.[box.dataset.purpose] === "granted";
  }
  banner.addEventListener("click", (event) => {
    const button = event.target.closest("[data-privacy]");
    if (button) act(button.dataset.privacy, banner);
  });
  document.querySelector(".skip").after(banner);
  // Room at the end of the page, so that the banner never hides the footer for good.
  document.body.style.setProperty("--privacy-height", `${banner.offsetHeight}px`);
  document.body.classList.add("privacy-open");
  return banner;
}

function act(action, banner) {
  if (action === "accept") choose("granted", "granted");
  if (action === "refuse") choose("denied", "denied");
  if (action === "save") {
    const granted = (purpose) => (banner.querySelector(`[data-purpose=${purpose}]`).checked ? "granted" : "denied");
    choose(granted("analytics"), granted("marketing"));
  }
  if (action === "choose") {
    banner.querySelector(".privacy-choices").hidden = false;
    banner.querySelector("[data-privacy=save]").hidden = false;
    const button = banner.querySelector("[data-privacy=choose]");
    button.setAttribute("aria-expanded", "true");
    button.hidden = true;
    banner.querySelector("[data-purpose]").focus();
    document.body.style.setProperty("--privacy-height", `${banner.offsetHeight}px`);
  }
}

function choose(analytics, marketing) {
  const choice = { analytics, marketing, functional: "granted" };
  consent.write(choice);
  window.milepost?.("setConsent", choice);
  close();
}

function close() {
  document.querySelector(".privacy")?.remove();
  document.body.classList.remove("privacy-open");
}
