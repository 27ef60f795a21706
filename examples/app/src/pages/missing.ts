// For addresses that are no page.

import { html } from "../html.ts";
import type { Page } from "../router.ts";

/** Says so, and shows the way back. */
export function missingPage(): Page {
  const content = html`
    <h1>There is no such page</h1>
    <p class="lead">The course may have ended.</p>
    <p><a class="button quiet" href="/">All courses</a></p>`;
  return { title: "Not found", content };
}
