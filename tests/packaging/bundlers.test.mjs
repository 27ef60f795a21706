// One small project for each bundler, with no more configuration than it needs for itself, and a page that has none.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FIREFOX, WEBKIT } from "../e2e/support/engines.mjs";
import { endAll } from "../e2e/support/processes.mjs";
import { serveSite } from "../e2e/support/site.mjs";
import { assertSilentIn } from "./support/engines.mjs";
import { install, run, serve } from "./support/installed.mjs";
import { assertTracks, openWorld } from "./support/opened.mjs";

const ROOT = dirname(fileURLToPath(import.meta.url));

let installed;
let world;
let built;

before(async () => {
  [installed, world] = await Promise.all([install(ROOT), openWorld()]);
  built = await serveSite({ folders: { "/": installed.path } });
});
after(async () => {
  await built?.close();
  await world?.close();
  await installed?.remove();
  await endAll();
});

const tool = (name) => join(ROOT, "node_modules", name);
const inside = (project) => join(installed.path, project);
/** Takes WebAssembly away, as policies and Lockdown Mode do: the same core as JavaScript is a file that bundlers must find. */
const refused = (page) => page.addInitScript("delete window.WebAssembly");
/** What js/eager.mjs put into parentheses, so that browsers compile it with the file, is still in them. */
const assertEager = async (folder) => {
  const files = (await readdir(inside(folder), { recursive: true })).filter((file) => file.endsWith(".js"));
  const texts = await Promise.all(files.map((file) => readFile(join(inside(folder), file), "utf8")));
  const [tracker = ""] = texts.filter((text) => text.includes("visibilitychange"));
  assert.ok(tracker.split("(function").length > 20, "functions are in parentheses");
};
const signUp = (method) => ({ page_view: {}, sign_up: { method } });

test("Vite builds it, and its lean entry, and the helpers for React and Vue", async () => {
  await run(tool("vite/bin/vite.js"), ["build", "--base", "./"], inside("vite"));
  await assertEager("vite/dist/assets");
  await assertTracks(world, `${built.url}/vite/dist/index.html`, signUp("Vite"));
  await assertTracks(world, `${built.url}/vite/dist/index.html`, signUp("Vite"), { before: refused });
  await assertTracks(world, `${built.url}/vite/dist/lean.html`, signUp("Vite, lean"));
  const agree = (page) => page.click("#agree");
  await assertTracks(world, `${built.url}/vite/dist/vue.html`, signUp("Vue"), { act: agree });
  const signedUp = async (page) => {
    await agree(page);
    await page.click("text=Sign up");
  };
  await assertTracks(world, `${built.url}/vite/dist/react.html`, signUp("React"), { act: signedUp });
});

for (const engine of [FIREFOX, WEBKIT]) {
  test(`${engine.name} opens what Vite built, and an import map`, { skip: engine.missing }, async () => {
    await assertSilentIn(engine, world, installed.path, { "/vite/dist/index.html": signUp("Vite"), "/import-map/lean.html": signUp("import map, lean") });
  });
}

test("a page without a bundler imports it, and its lean entry, by an import map", async () => {
  await assertTracks(world, `${built.url}/import-map/index.html`, signUp("import map"));
  await assertTracks(world, `${built.url}/import-map/index.html`, signUp("import map"), { before: refused });
  await assertTracks(world, `${built.url}/import-map/lean.html`, signUp("import map, lean"));
});

test("Vite serves it while one develops, to React's strict mode too", async (t) => {
  const vite = await serve(tool("vite/bin/vite.js"), ["--host", "127.0.0.1", "--port", "0"], inside("vite"));
  t.after(() => vite.close());
  await assertTracks(world, `${vite.url}/index.html`, signUp("Vite"));
  await assertTracks(world, `${vite.url}/lean.html`, signUp("Vite, lean"));
  const signedUp = async (page) => {
    await page.click("#agree");
    await page.click("text=Sign up");
  };
  await assertTracks(world, `${vite.url}/react.html`, signUp("React"), { act: signedUp });
});

test("webpack builds it, and its lean entry", async () => {
  await run(inside("webpack/build.js"), [], inside("webpack"));
  await assertTracks(world, `${built.url}/webpack/index.html`, signUp("webpack"));
  await assertTracks(world, `${built.url}/webpack/index.html`, signUp("webpack"), { before: refused });
  await assertTracks(world, `${built.url}/webpack/lean.html`, signUp("webpack, lean"));
});

test("Rollup builds it", async () => {
  await run(tool("rollup/dist/bin/rollup"), ["--config", "--silent"], inside("rollup"));
  await assertEager("rollup/dist");
  await assertTracks(world, `${built.url}/rollup/index.html`, signUp("rollup"));
});

test("esbuild builds it", async () => {
  await run(inside("esbuild/build.js"), [], inside("esbuild"));
  await assertEager("esbuild/dist");
  await assertTracks(world, `${built.url}/esbuild/index.html`, signUp("esbuild"));
});

test("Parcel builds it", async () => {
  await run(tool("parcel/lib/bin.js"), ["build", "index.html", "--no-cache", "--cache-dir", ".parcel-cache", "--no-autoinstall", "--public-url", "./", "--dist-dir", "dist"], inside("parcel"));
  await assertTracks(world, `${built.url}/parcel/dist/index.html`, signUp("parcel"));
});
