// The question about privacy: asked of who has not answered yet, and again from the footer.

import { decide, decided, passOn, type Decision } from "./consent.ts";
import { find } from "./find.ts";

/** Wires the banner, the button in the footer, and the choices made in other tabs. */
export function attachBanner(): void {
  const banner = find(document, "#privacy");
  const opener = find(document, "#privacy-open");
  const show = (shown: boolean) => {
    banner.hidden = !shown;
    // Room below the footer, so that the banner covers nothing for good.
    document.body.style.paddingBottom = shown ? `${banner.offsetHeight}px` : "";
  };
  for (const button of banner.querySelectorAll<HTMLElement>("[data-decision]")) {
    button.addEventListener("click", () => {
      decide(button.dataset["decision"] as Decision);
      show(false);
      find(document, "main").focus({ preventScroll: true });
    });
  }
  opener.addEventListener("click", () => {
    show(true);
    find(banner, "h2").focus();
  });
  addEventListener("storage", () => {
    passOn();
    if (decided()) show(false);
  });
  show(!decided());
}
