// The form that asks for a place. The tracker hears by itself that it is begun and sent, and never what is in it.

import { price, type Course } from "../courses.ts";
import { find } from "../find.ts";
import { html } from "../html.ts";
import type { Page } from "../router.ts";
import { tracker } from "../tracking.ts";

/** A place that was asked for is the studio's conversion: the name and the address stay out of it. */
export function reservePage(course: Course): Page {
  const content = html`
    <p class="back"><a href="/courses/${course.id}">${course.name}</a></p>
    <h1>Reserve a place</h1>
    <p class="lead">${course.name}, ${price(course)}. You pay on the day.</p>
    <form class="form" id="reserve">
      <fieldset>
        <legend>Date</legend>
        ${course.dates.map((date) => html`<label class="choice"><input type="radio" name="date" value="${date}" required> ${date}</label>`)}
      </fieldset>
      <label for="name">Name</label>
      <input id="name" name="name" autocomplete="name" required>
      <label for="email">E-mail address</label>
      <input id="email" name="email" type="email" autocomplete="email" required>
      <label for="note">Anything we should know? <span class="soft">Optional</span></label>
      <textarea id="note" name="note" rows="3"></textarea>
      <button class="button">Reserve</button>
    </form>`;
  return {
    title: `Reserve: ${course.name}`,
    content,
    attach(main, go) {
      const form = find(main, "form") as HTMLFormElement;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        tracker.track("generate_lead", {
          value: course.price,
          items: [{ item_id: course.id, item_name: course.name, item_category: course.kind, item_variant: String(new FormData(form).get("date")), price: course.price }],
        });
        go(`/courses/${course.id}/thanks`);
      });
    },
  };
}
