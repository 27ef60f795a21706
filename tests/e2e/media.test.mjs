// How much of a film was watched: what came by while it played, each second once, and never what a seek skipped.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { test, useWorld, visit } from "./support/visit.mjs";

const FILMS = fileURLToPath(new URL("../../examples/shop/media/", import.meta.url));
const BODY = `<video id="film" muted controls title="How a mug is made" src="/films/mug.webm" width="320"></video>`;

useWorld();

/** Does the steps `[from, to]`, shares of the whole: seeks to one, plays to the other. Returns the media events. */
async function watch(t, steps, { body = BODY } = {}) {
  const it = await visit(t, { body, granted: true, folders: { "/films/": FILMS } });
  await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
  for (const step of steps) await it.page.evaluate(playTo, step);
  await it.leave();
  const events = it.relay.events().filter((event) => event.name.startsWith("video_"));
  return events.map(({ name, params }) => ({ name, percent: params.video_percent, params }));
}

/** Runs in the page. */
async function playTo([from, to]) {
  const video = document.querySelector("#film");
  video.playbackRate = 4;
  const happens = (name) => new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
  if (!video.duration) await happens("loadedmetadata");
  if (from !== null) {
    video.currentTime = from * video.duration;
    await happens("seeked");
  }
  await video.play();
  while (!video.ended && (to === 1 || video.currentTime < to * video.duration)) await new Promise(requestAnimationFrame);
  if (!video.ended) {
    video.pause();
    await happens("pause");
  }
}

const told = (events) => events.map(({ name, percent }) => (percent === undefined ? name : `${name} ${percent}`));

test("all of it: every milestone once, and complete", async (t) => {
  const events = await watch(t, [[null, 1]]);
  const milestones = [10, 25, 50, 75, 90].map((percent) => `video_progress ${percent}`);
  assert.deepEqual(told(events), ["video_start", ...milestones, "video_complete 100"]);
  const { params } = events[3];
  assert.equal(params.video_title, "How a mug is made");
  assert.match(params.video_url, /\/films\/mug\.webm$/);
  assert.equal(params.video_duration, 20);
  assert.ok(params.video_current_time >= 10 && params.video_current_time < 15, `half of it was seen at ${params.video_current_time} s`);
});

test("the same part twice counts once", async (t) => {
  const events = await watch(t, [[null, 0.31], [0, 0.31], [0.02, 0.31]]);
  assert.deepEqual(told(events), ["video_start", "video_progress 10", "video_progress 25"]);
});

test("skipping to the end is neither watching nor completing", async (t) => {
  const events = await watch(t, [[null, 0.15], [0.93, 1]]);
  assert.deepEqual(told(events), ["video_start", "video_progress 10"]);
});

test("parts out of order add up", async (t) => {
  const events = await watch(t, [[0.7, 1], [0, 0.72]]);
  const milestones = [10, 25, 50, 75, 90].map((percent) => `video_progress ${percent}`);
  assert.deepEqual(told(events), ["video_start", ...milestones, "video_complete 100"]);
});

test("what is inside data-mp-ignore is not followed", async (t) => {
  assert.deepEqual(await watch(t, [[null, 0.3]], { body: `<div data-mp-ignore>${BODY}</div>` }), []);
});
