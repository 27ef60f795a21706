// Addresses to pages: a link within the app changes the address, the title and what is in `main`, not the document.
// Nothing here is for the tracker, which takes each new address for a page view of its own accord.

import { find } from "./find.ts";
import type { Html } from "./html.ts";

/** What an address shows. */
export interface Page {
  title: string;
  content: Html;
  /** Wires what is in the content, once it is on the page. */
  attach?(main: HTMLElement, go: Go): void;
}

/** Goes to another address of the app. */
export type Go = (path: string) => void;

/** Shows the page of the current address, and of those that visitors go to. */
export function startRouter(main: HTMLElement, pageOf: (path: string) => Page): void {
  const show = () => {
    const page = pageOf(location.pathname);
    document.title = `${page.title} | Northlight Press`;
    main.innerHTML = page.content.text;
    page.attach?.(main, go);
    // Screen readers hear where they are by the heading; the first page they read themselves.
    const heading = find(main, "h1");
    heading.tabIndex = -1;
    return heading;
  };
  const go: Go = (path) => {
    history.pushState(null, "", path);
    const heading = show();
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  };
  addEventListener("popstate", () => show().focus({ preventScroll: true }));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.origin !== location.origin || link.hash || link.target) return;
    // With a key held, a link opens elsewhere.
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.pathname);
  });
  show();
}
