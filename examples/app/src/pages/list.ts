// The first page: all courses, and the letter.

import { courses, price, type Course } from "../courses.ts";
import { html } from "../html.ts";
import { attachLetter, letterForm } from "../letter.ts";
import { marks } from "../marks.ts";
import { picture } from "../pictures.ts";
import type { Page } from "../router.ts";

/** The list is told of when it appears, a course when it is chosen. */
export function listPage(): Page {
  const content = html`
    <h1>Courses with ink under the nails</h1>
    <p class="lead">Six ways of getting something onto paper, in a bright room with four presses and at most eight people.</p>
    <ul class="cards" data-mp-items data-mp-event="view_item_list" data-mp-on="load" data-mp-item-list-id="courses" data-mp-item-list-name="All courses">
      ${courses.map(card)}
    </ul>
    ${letterForm}`;
  return { title: "Courses", content, attach: attachLetter };
}

const card = (course: Course) => html`
  <li class="card" ${marks(course)}>
    <a href="/courses/${course.id}" data-mp-event="select_item">
      ${picture(course.id)}
      <span class="card-name">${course.name}</span>
      <span class="card-short">${course.short}</span>
      <span class="card-facts"><span>${course.length}</span><span class="price">${price(course)}</span></span>
    </a>
  </li>`;
