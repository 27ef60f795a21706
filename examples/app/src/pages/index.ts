// Which page an address is.

import { courses } from "../courses.ts";
import type { Page } from "../router.ts";
import { coursePage } from "./course.ts";
import { listPage } from "./list.ts";
import { missingPage } from "./missing.ts";
import { reservePage } from "./reserve.ts";
import { thanksPage } from "./thanks.ts";

/** The page of a path: `/`, or `/courses/` with a course's id, and then `/reserve` or `/thanks`. */
export function pageOf(path: string): Page {
  if (path === "/") return listPage();
  const [, id, step = ""] = /^\/courses\/([^/]+)(?:\/(reserve|thanks))?\/?$/.exec(path) ?? [];
  const course = courses.find((each) => each.id === id);
  if (!course) return missingPage();
  if (step === "reserve") return reservePage(course);
  return step === "thanks" ? thanksPage(course) : coursePage(course);
}
