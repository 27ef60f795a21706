// Pages where WebAssembly is refused, missing or broken, or storage and randomness are: events come all the same, or one
// diagnostic says that they don't, and the page never notices.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { freshSite, inEachEngine } from "../delivery/world.mjs";
import { serveStage } from "./stage.mjs";

const GRANTED = ["setConsent", { analytics: "granted" }];
const MARK = ["track", "mark", { n: 1 }];
const STRICT = "default-src 'none'; script-src 'self'; connect-src *; img-src data:";
const TRUSTED = `${STRICT}; require-trusted-types-for 'script'; trusted-types 'none'`;
const NONCE = "default-src 'none'; script-src NONCE 'strict-dynamic'; connect-src *; img-src data:";
const WRONG = `sha384-${"A".repeat(64)}`;

let stage;
before(async () => (stage = await serveStage()));
after(() => stage?.close());

/** What each is, and the engine that its batches name. */
const PAGES = {
  "WebAssembly is let through": [{ policy: "script-src 'self' 'wasm-unsafe-eval'" }, "wasm"],
  "a policy refuses it to the tag": [{ policy: STRICT }, "wasm2js"],
  "a policy refuses it to the module": [{ policy: STRICT, way: "import" }, "wasm2js"],
  "a policy trusts scripts with a nonce and what they load": [{ policy: NONCE }, "wasm2js"],
  "a policy wants trusted types and allows none": [{ policy: TRUSTED }, "wasm2js"],
  "a policy wants trusted types of the module": [{ policy: TRUSTED, way: "import" }, "wasm2js"],
  "the browser has none": [{ before: ["no WebAssembly"] }, "wasm2js"],
  "its file is sent as wasm": [{ way: "lean" }, "wasm"],
  "its file is sent as something else": [{ way: "lean", wasm: "/untyped.wasm" }, "wasm"],
  "its file isn't there": [{ way: "lean", wasm: "/gone.wasm" }, "wasm2js"],
  "its file is cut short": [{ way: "lean", wasm: "/cut.wasm" }, "wasm2js"],
  "its file is a page": [{ way: "lean", wasm: "/text.wasm" }, "wasm2js"],
  "its file isn't the one that was meant": [{ way: "lean", wasm: "/dist/milepost.wasm", integrity: WRONG }, "wasm2js"],
  "there is no storage": [{ before: ["no storage"] }, "wasm", "storage_unavailable indexeddb,storage_unavailable localstorage"],
};

inEachEngine((world, test) => {
  const came = (site) => world.faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site && batch.events?.some(({ name }) => name === "mark"));
  const seen = () => world.session.run(() => ({ diagnostics: diagnostics.map(({ code, param }) => (param ? `${code} ${param}` : code)).sort().join(), faults, violations }));

  async function open(given, page) {
    const site = freshSite();
    await world.session.open(stage.page({ site, collector: world.faults.url, calls: [GRANTED, MARK], ...given }, page));
    return site;
  }

  test("events come, whatever is refused, and say which engine ran", async () => {
    for (const [what, [given, engine, told = ""]] of Object.entries(PAGES)) {
      const site = await open(given);
      await world.faults.until(`a mark came where ${what}`, () => came(site).length > 0);
      const { diagnostics, faults, violations } = await seen();
      assert.equal(came(site)[0].engine, engine, what);
      assert.deepEqual({ diagnostics, faults }, { diagnostics: told, faults: [] }, what);
      const others = violations.filter((violation) => !/^script-src.* wasm-eval$/.test(violation));
      assert.deepEqual(others, [], `${what}: nothing but WebAssembly is refused`);
    }
  });

  test("in a frame without an origin, events are kept in memory and sent", async () => {
    const site = await open({}, "frame");
    await world.faults.until("a mark came", () => came(site).length > 0);
  });

  for (const [what, given, code] of [
    ["neither WebAssembly nor the script beside the tag is to be had", { way: "alone/milepost", before: ["no WebAssembly"] }, "engine_unavailable"],
    ["there are no random numbers", { before: ["no crypto"] }, "engine_unavailable"],
  ]) {
    test(`where ${what}, the page is told once and hears nothing else`, async () => {
      const site = await open({ ...given, options: { consent: { mode: "granted" } } });
      await world.faults.until("it was told", async () => (await seen()).diagnostics !== "");
      await world.session.run(() => milepost("track", "mark", {}));
      const { diagnostics, faults } = await seen();
      assert.deepEqual({ diagnostics, faults }, { diagnostics: code, faults: [] });
      assert.deepEqual(came(site), []);
    });
  }

  test("a core that fails while it runs ends the tracker, says so once, and what it had taken comes", async () => {
    const { session, faults } = world;
    const site = await open({ before: ["traps"], options: { batch: { maxWaitMs: 600_000 } } });
    await faults.until("the visit is kept", () => session.run((key) => localStorage.getItem(key) !== null, `milepost.${site}`));
    await faults.until("the mark is in the log", () => session.wait(async (name) => {
      const opened = await new Promise((resolve) => (indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result)));
      const all = await new Promise((resolve) => (opened.transaction("log").objectStore("log").getAll().onsuccess = ({ target }) => resolve(target.result)));
      opened.close();
      return all.join().includes('"mark"');
    }, `milepost.${site}`));
    await session.run(() => {
      window.trap = true;
      for (let n = 0; n < 3; n += 1) milepost("track", "mark", { n });
      document.body.click();
    });
    assert.deepEqual(await seen(), { diagnostics: "engine_failed", faults: [], violations: [] });
    await session.open(stage.page({ site, collector: faults.url, calls: [GRANTED] }));
    await faults.until("the mark came", () => came(site).length > 0, 30_000);
  });
});
