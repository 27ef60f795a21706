// What follows the form. Nothing is told here, so that loading the page again counts nothing twice.

import type { Course } from "../courses.ts";
import { html } from "../html.ts";
import { attachLetter, letterForm } from "../letter.ts";
import type { Page } from "../router.ts";

/** Where the form leads to. */
export function thanksPage(course: Course): Page {
  const content = html`
    <h1>Thank you</h1>
    <p class="lead">A place in “${course.name}” is yours. Bring an apron; we have the ink.</p>
    <p><a class="button quiet" href="/">Back to the courses</a></p>
    ${letterForm}`;
  return { title: `Thank you: ${course.name}`, content, attach: attachLetter };
}
