// The example that takes the package from npm: its types hold it to the API, and in three engines it sends what its pages
// say, once the visitor agreed.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CHROMIUM, ENGINES } from "../e2e/support/engines.mjs";
import { endAll, until } from "../e2e/support/processes.mjs";
import { serveSite } from "../e2e/support/site.mjs";
import { keepingConsole } from "./support/engines.mjs";
import { PACKAGE, install, serve } from "./support/installed.mjs";
import { eventsOf, openWorld } from "./support/opened.mjs";
import { visit } from "./support/visitor.mjs";

const ROOT = dirname(fileURLToPath(import.meta.url));
const COURSE = "/courses/linocut";
/** What the example calls itself where nobody says otherwise. */
const SITE = "studio";
/** Of a person, typed into the forms: nothing of it may be sent. */
const PERSONAL = { name: "Ada Lovelace", email: "ada@engine.example", note: "I am left-handed" };

let installed;
let world;
let app;

before(async () => {
  [installed, world] = await Promise.all([install(ROOT, join(ROOT, "../../examples/app"), "app"), openWorld()]);
  app = join(installed.path, "app");
});
after(async () => {
  await world?.close();
  await installed?.remove();
  await endAll();
});

const json = async (...path) => JSON.parse(await readFile(join(...path), "utf8"));
const environment = () => ({ VITE_COLLECTOR: world.relay.url });
/** A script of the example's own package.json. npm finds the tools in the folders around it. */
const script = (name) => promisify(execFile)("npm", ["run", "--silent", name], { cwd: app, env: { ...process.env, ...environment(), CI: "1", NO_COLOR: "1" } });

/** Builds the example once and serves it: each of its addresses is the same document. */
let built;
async function serveBuilt(engine) {
  built ??= script("build");
  const { stdout, stderr } = await built;
  assert.doesNotMatch(stdout + stderr, /\bwarn(ing)?\b/i);
  const plain = await readFile(join(app, "dist/index.html"), "utf8");
  const html = engine === CHROMIUM ? plain : keepingConsole(plain);
  const paths = ["/", COURSE, `${COURSE}/reserve`, `${COURSE}/thanks`];
  return serveSite({ folders: { "/": join(app, "dist") }, pages: Object.fromEntries(paths.map((path) => [path, html])) });
}

/** Opens what was built; `told` are the events that came since, but for scroll depths, which the window's size decides. */
async function begin(t, engine) {
  const since = Date.now();
  const server = await serveBuilt(engine);
  t.after(() => server.close());
  const visitor = await visit(engine, world, `${server.url}/`);
  t.after(() => visitor.close());
  const told = () => eventsOf(world.relay, SITE).filter(({ at, name }) => at >= since && name !== "scroll");
  // By the page's origin: what Chromium sends when a page is closed may come when the next visitor is there.
  const asked = () => world.relay.requests.filter(({ head }) => head.includes(server.url));
  return { visitor, told, asked };
}

const pageOf = ({ batch, page = 0 }) => batch.pages.find(({ id }) => id === page);
const places = (events) => events.map((event) => `${event.name} ${new URL(pageOf(event).url).pathname}`);
const titles = (events) => events.filter(({ name }) => name === "page_view").map((event) => pageOf(event).title);
const only = (events, name) => {
  const found = events.filter((event) => event.name === name).map(({ params = {}, conversion }) => ({ params, conversion }));
  assert.equal(found.length, 1, `${name}, once`);
  return found[0];
};

/** From the list through the form to the thanks. */
async function reserve({ click, fill }) {
  await click(`a[href="${COURSE}"]`);
  await click(`a[href="${COURSE}/reserve"]`);
  await click("[name=date]");
  await fill({ "#name": PERSONAL.name, "#email": PERSONAL.email, "#note": PERSONAL.note });
  await click("#reserve button");
}

async function subscribe({ click, fill }) {
  await fill({ "#letter-email": PERSONAL.email });
  await click("#letter button");
}

test("it asks for this version, and for the very tools that these tests have", async () => {
  const [{ dependencies, devDependencies }, tools, { version }] = await Promise.all([json(app, "package.json"), json(ROOT, "package.json"), json(PACKAGE, "package.json")]);
  assert.deepEqual(dependencies, { milepost: `^${version.replace(/\d+$/, "0")}` });
  assert.deepEqual(Object.keys(devDependencies), ["typescript", "vite"]);
  for (const [name, asked] of Object.entries(devDependencies)) assert.equal(asked, tools.devDependencies[name], name);
});

test("TypeScript takes it, strictly, and nothing that the API doesn't have", async (t) => {
  await script("check");
  const wrong = {
    "no such option": ["src/tracking.ts", `currency: "EUR"`, `curency: "EUR"`],
    "no such tier": ["src/tracking.ts", `tier: "macro"`, `tier: "main"`],
    "no such choice": ["src/consent.ts", `marketing: "denied"`, `marketing: "refused"`],
    "no amount of money": ["src/pages/reserve.ts", "value: course.price", "value: course"],
  };
  for (const [name, [file, from, to]] of Object.entries(wrong)) {
    await t.test(name, async () => {
      const path = join(app, file);
      const right = await readFile(path, "utf8");
      assert.equal(right.split(from).length, 2, `${file} says ${from}, once`);
      await writeFile(path, right.replace(from, to));
      try {
        await assert.rejects(script("check"), ({ stdout }) => {
          assert.deepEqual([...new Set(stdout.match(/^\S+(?=\(.*error TS)/gm))], [file]);
          return true;
        });
      } finally {
        await writeFile(path, right);
      }
    });
  }
});

for (const engine of ENGINES) {
  test(`${engine.name}: nothing before consent, then every step from the list to the letter`, { skip: engine.missing }, async (t) => {
    const { visitor, told, asked } = await begin(t, engine);
    await visitor.click(`a[href="${COURSE}"]`);
    await visitor.click(".back a");
    assert.deepEqual(await visitor.kept(), []);
    assert.deepEqual(await visitor.problems(), []);
    // What waited for a choice is gone with its page.
    await visitor.reload();
    assert.deepEqual(await visitor.kept(), []);
    assert.deepEqual(asked(), []);

    await visitor.click("[data-decision=granted]");
    // The list's attributes are read when the core runs: who is off to a course by then has seen no list.
    await until("the tracker keeps a visitor", async () => (await visitor.kept()).includes(`milepost.${SITE}`));
    await reserve(visitor);
    await subscribe(visitor);
    await world.relay.until("the letter's form came", () => told().some(({ name }) => name === "sign_up"));
    const events = told();
    assert.deepEqual(places(events), [
      "page_view /",
      "view_item_list /",
      "select_item /",
      `page_view ${COURSE}`,
      `view_item ${COURSE}`,
      `begin_checkout ${COURSE}`,
      `page_view ${COURSE}/reserve`,
      `form_start ${COURSE}/reserve`,
      `form_submit ${COURSE}/reserve`,
      `generate_lead ${COURSE}/reserve`,
      `page_view ${COURSE}/thanks`,
      `form_start ${COURSE}/thanks`,
      `form_submit ${COURSE}/thanks`,
      `sign_up ${COURSE}/thanks`,
    ]);
    assert.deepEqual(titles(events), ["Courses", "Linocut weekend", "Reserve: Linocut weekend", "Thank you: Linocut weekend"].map((title) => `${title} | Northlight Press`));
    const item = { item_id: "linocut", item_name: "Linocut weekend", item_category: "relief", price: 145 };
    assert.deepEqual(only(events, "view_item"), {
      params: { currency: "EUR", value: 145, items: [item] },
      conversion: { tier: "micro", category: "process", stage: "consideration", macro: "generate_lead" },
    });
    assert.deepEqual(only(events, "begin_checkout"), {
      params: { currency: "EUR", value: 145, items: [item] },
      conversion: { tier: "micro", category: "process", stage: "decision", macro: "generate_lead", worth: 31.5 },
    });
    assert.deepEqual(only(events, "generate_lead"), {
      params: { currency: "EUR", value: 145, items: [{ ...item, item_variant: "14 and 15 March" }] },
      conversion: { tier: "macro", stage: "decision", primary: true },
    });
    assert.deepEqual(only(events, "sign_up"), {
      params: { method: "letter" },
      conversion: { tier: "micro", category: "lead", stage: "awareness", macro: "generate_lead", worth: 2.5 },
    });
    const forms = events.filter(({ name }) => name.startsWith("form_"));
    assert.deepEqual(forms.map(({ params }) => params), ["reserve", "reserve", "letter", "letter"].map((form_id) => ({ form_id })));
    assert.ok(asked().length > 0, "requests are known by their origin");
    for (const { text } of asked()) for (const value of Object.values(PERSONAL)) assert.ok(!text.includes(value), value);

    assert.deepEqual(await visitor.problems(), []);
    // The choice is passed on at the next load, which is a page view and no second lead.
    await visitor.reload();
    await world.relay.until("the page view of the reload came", () => told().length > events.length);
    assert.deepEqual(places(told().slice(events.length)), [`page_view ${COURSE}/thanks`]);
    assert.equal(new Set(told().map(({ batch }) => batch.visitor)).size, 1, "the same visitor");
    // What was in the log when the page was left stays there for some seconds.
    assert.deepEqual((await visitor.kept()).filter((name) => !name.startsWith(`milepost.${SITE}/`)), [`milepost.${SITE}`, "studio-consent"]);
    assert.deepEqual(await visitor.problems(), []);
  });

  test(`${engine.name}: who refuses sends nothing, until they change their mind`, { skip: engine.missing }, async (t) => {
    const { visitor, told, asked } = await begin(t, engine);
    await visitor.click("[data-decision=denied]");
    await reserve(visitor);
    await subscribe(visitor);
    assert.deepEqual(await visitor.kept(), ["studio-consent"]);
    assert.deepEqual(await visitor.problems(), []);
    await visitor.reload();
    assert.equal(await visitor.run(() => document.querySelector("#privacy").hidden), true, "nobody is asked twice");
    assert.deepEqual(await visitor.kept(), ["studio-consent"]);
    assert.deepEqual(asked(), []);

    await visitor.click("#privacy-open");
    await visitor.click("[data-decision=granted]");
    await visitor.click(".top nav a");
    // Whatever was sent before would have come before.
    await world.relay.until("the list came", () => told().some(({ name }) => name === "view_item_list"));
    assert.deepEqual(places(told()), ["page_view /", "view_item_list /"]);
    assert.deepEqual(await visitor.problems(), []);
  });
}

test("Vite serves it while one develops", async (t) => {
  const vite = await serve(join(ROOT, "node_modules/vite/bin/vite.js"), ["--host", "127.0.0.1", "--port", "0"], app, environment());
  t.after(() => vite.close());
  const since = Date.now();
  const visitor = await visit(CHROMIUM, world, vite.url + COURSE);
  t.after(() => visitor.close());
  await visitor.click("[data-decision=granted]");
  const told = () => eventsOf(world.relay, SITE).filter(({ at }) => at >= since);
  await world.relay.until("the course came", () => told().some(({ name }) => name === "view_item"));
  assert.deepEqual(places(told()).slice(0, 2), [`page_view ${COURSE}`, `view_item ${COURSE}`]);
  assert.deepEqual(await visitor.problems(), []);
});
