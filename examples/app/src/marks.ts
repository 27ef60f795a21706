// A course as Milepost's attributes describe an item: elements inside one that has them tell of this course.

import type { Course } from "./courses.ts";
import { html, type Html } from "./html.ts";

/** The attributes of a course. */
export const marks = ({ id, name, kind, price }: Course): Html =>
  html`data-mp-item-id="${id}" data-mp-item-name="${name}" data-mp-item-category="${kind}" data-mp-price="${price}"`;
