// A picture for each course, drawn in the studio's inks; decoration, so that screen readers pass them by.

import { Html, html } from "./html.ts";

const DRAWN: Record<string, string> = {
  linocut: `<path class="blue" d="M60 176C36 88 150 34 284 20C272 122 196 196 60 176Z"/>
    <path class="cut" d="M60 176C112 128 176 82 250 44M104 138l-6-48M136 112l-2-52M170 88l6-44M118 128l64 14M152 100l72 14M190 74l60 8"/>
    <path class="red" d="M42 190c6-8 12-12 20-16" fill="none" stroke-width="7"/>`,
  letterpress: `<path class="red" d="M96 168V32h22l58 94V32h24v136h-22l-58-94v94Z"/><path class="blue" d="M128 180V44h22l58 94V44h24v136h-22l-58-94v94Z"/>`,
  riso: `<circle class="yellow" cx="122" cy="100" r="74"/><circle class="red" cx="198" cy="100" r="74"/>`,
  screen: `<circle class="red" cx="160" cy="86" r="58"/>
    <path class="blue" d="M0 118q40-26 80 0t80 0 80 0 80 0v22q-40 26-80 0t-80 0-80 0-80 0ZM0 162q40-26 80 0t80 0 80 0 80 0v38H0Z"/>`,
  cyanotype: `<path class="deep" d="M0 0h320v200H0Z"/>
    <path class="cut" d="M52 176C120 140 196 96 268 30M96 152c-8-28-4-52 10-72M132 130c-10-30-4-58 12-78M168 106c-8-28-2-52 14-70M204 80c-4-20 0-38 10-52M96 152c28 10 52 8 74-4M132 130c28 12 56 10 78-2M168 106c26 10 50 8 70-4M204 80c18 6 36 4 50-6"/>`,
  binding: `<path class="yellow" d="M74 40h150v128H74Z"/><path class="red" d="M96 28h150v128H96Z"/><path class="cut" d="M116 28v128M116 46h-20M116 76h-20M116 106h-20M116 136h-20"/>`,
};

/** The picture of a course, by its id. */
export function picture(id: string): Html {
  return html`<svg class="picture" viewBox="0 0 320 200" aria-hidden="true" focusable="false">${new Html(DRAWN[id] ?? "")}</svg>`;
}
