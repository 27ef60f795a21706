// One course: what happens in it, when, and what it costs.

import { price, type Course } from "../courses.ts";
import { html } from "../html.ts";
import { marks } from "../marks.ts";
import { picture } from "../pictures.ts";
import type { Page } from "../router.ts";

/** The article describes the item for itself, told of when it appears, and for the link to the form. */
export function coursePage(course: Course): Page {
  const content = html`
    <p class="back"><a href="/">All courses</a></p>
    <article class="course" data-mp-event="view_item" data-mp-on="load" ${marks(course)}>
      <div class="course-picture">${picture(course.id)}</div>
      <div class="course-text">
        <h1>${course.name}</h1>
        <p class="lead">${course.short}</p>
        ${course.text.map((paragraph) => html`<p>${paragraph}</p>`)}
        <dl class="facts">
          <div><dt>Length</dt><dd>${course.length}</dd></div>
          <div><dt>Next dates</dt><dd>${course.dates.join(", ")}</dd></div>
          <div><dt>Price</dt><dd class="price">${price(course)}</dd></div>
        </dl>
        <p><a class="button" href="/courses/${course.id}/reserve" data-mp-event="begin_checkout">Reserve a place</a></p>
      </div>
    </article>`;
  return { title: course.name, content };
}
