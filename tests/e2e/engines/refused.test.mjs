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

  /** Names under which something of this site is kept. */
  const kept = (site) => world.session.wait(async (name) => [...Object.keys(localStorage), ...(await indexedDB.databases()).map((each) => each.name)].filter((each) => each.startsWith(name)), `milepost.${site}`);

  test("where no engine is to be had, to forget deletes what earlier pages kept", async () => {
    const { session, faults } = world;
    const site = await open({});
    await faults.until("a mark came", () => came(site).length > 0);
    await faults.until("the visit is kept, and the log", async () => (await kept(site)).length >= 2);
    await session.open(stage.page({ site, collector: faults.url, way: "alone/milepost", before: ["no WebAssembly"] }));
    await faults.until("it was told", async () => (await seen()).diagnostics !== "");
    assert.ok((await kept(site)).length >= 2);
    await session.run(() => (milepost("forget"), undefined));
    await faults.until("nothing is kept", async () => (await kept(site)).length === 0);
    assert.deepEqual((await seen()).faults, []);
  });

  /** Waits until a mark is in the log. */
  const logged = (site) =>
    world.faults.until("the mark is in the log", () =>
      world.session.wait(async (name) => {
        const opened = await new Promise((resolve) => {
          const request = indexedDB.open(name);
          // The tracker hasn't made it yet, and finds none of ours.
          request.onupgradeneeded = () => request.transaction.abort();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => resolve(null);
        });
        if (!opened) return false;
        const all = await new Promise((resolve) => (opened.transaction("log").objectStore("log").getAll().onsuccess = ({ target }) => resolve(target.result)));
        opened.close();
        return all.join().includes('"mark"');
      }, `milepost.${site}`),
    );
  const numbers = (site) => came(site).flatMap(({ events, engine }) => events.filter(({ name }) => name === "mark").map(({ params }) => `${params.n} ${engine}`));

  test("after a core that fails while it runs, another one goes on: it is said once, what was taken comes, and what comes", async () => {
    const { session, faults } = world;
    const site = await open({ before: ["traps"], options: { batch: { maxWaitMs: 600_000 } } });
    await faults.until("the visit is kept", () => session.run((key) => localStorage.getItem(key) !== null, `milepost.${site}`));
    await logged(site);
    await session.run(() => {
      window.trap = true;
      for (let n = 2; n < 5; n += 1) milepost("track", "mark", { n });
      milepost("flush");
    });
    // The call that it failed in is lost, with its event.
    await faults.until("the marks came", () => numbers(site).includes("4 wasm2js") && numbers(site).includes("1 wasm"), 30_000);
    assert.deepEqual([...new Set(numbers(site))].sort(), ["1 wasm", "3 wasm2js", "4 wasm2js"]);
    assert.deepEqual(await seen(), { diagnostics: "engine_failed", faults: [], violations: [] });
    const batches = came(site);
    assert.equal(new Set(batches.map(({ visitor }) => visitor)).size, 1, "the same visitor");
    assert.equal(new Set(batches.map(({ session }) => session.id)).size, 1, "the same session");
  });

  test("a core that fails by itself is followed by one that hears the page, consent as it was", async () => {
    const { session, faults } = world;
    const site = await open({ before: ["traps"], options: { batch: { maxWaitMs: 600_000 }, rules: [{ on: "click", selector: "p", event: "mark", params: { n: 9 } }] } });
    await logged(site);
    await session.run(() => {
      milepost("setConsent", { marketing: "granted" });
      milepost("setConsent", { marketing: "denied" });
      window.trap = true;
      document.querySelector("p").click();
      document.querySelector("p").click();
      milepost("flush");
    });
    await faults.until("the second click came", () => numbers(site).includes("9 wasm2js"));
    const { consent } = came(site).find(({ engine }) => engine === "wasm2js");
    assert.deepEqual([consent.analytics, consent.marketing], ["granted", "denied"]);
    assert.equal((await seen()).diagnostics, "engine_failed");
  });

  test("consent that was taken back before a core failed, or in the call it failed in, stays taken back", async () => {
    const { session, faults } = world;
    for (const last of ["before", "in", "elsewhere"]) {
      const site = await open({ before: ["traps"] });
      await faults.until("a mark came", () => came(site).length > 0);
      await session.run((last, key) => {
        if (last === "in") window.trap = true;
        if (last === "elsewhere") {
          localStorage.removeItem(key);
          dispatchEvent(new StorageEvent("storage", { key, newValue: null }));
        } else milepost("setConsent", { analytics: "denied" });
        window.trap = true;
        for (let n = 2; n < 5; n += 1) milepost("track", "mark", { n });
        milepost("flush");
      }, last, `milepost.${site}`);
      await faults.until("it was told", async () => (await seen()).diagnostics.includes("engine_failed"));
      await session.run(() => milepost("setConsent", { marketing: "denied" }));
      await faults.until("nothing is kept", () => session.run((name) => !Object.keys(localStorage).some((key) => key.startsWith(name)), `milepost.${site}`));
      assert.deepEqual([...new Set(numbers(site))], ["1 wasm"], last);
      await session.run(() => {
        milepost("setConsent", { analytics: "granted" });
        milepost("track", "mark", { n: 7 });
      });
      await faults.until("a new choice counts", () => numbers(site).includes("7 wasm2js"));
      assert.deepEqual([...new Set(numbers(site))].sort(), ["1 wasm", "7 wasm2js"], last);
    }
  });

  test("two trackers of a page both go on after the core that they share failed", async () => {
    const { session, faults } = world;
    const second = freshSite();
    const site = await open({ way: "import", before: ["traps"], second });
    await faults.until("a mark came", () => came(site).length > 0);
    await session.run(() => {
      second.on("diagnostic", (each) => diagnostics.push(each));
      second.setConsent({ analytics: "granted" });
      second.track("mark", { n: 1 });
    });
    await faults.until("the other's mark came", () => came(second).length > 0);
    // The one that was there first begins anew as the last.
    await session.run(() => {
      window.trap = true;
      for (let n = 2; n < 5; n += 1) second.track("mark", { n });
    });
    await faults.until("the second one goes on", () => numbers(second).includes("4 wasm2js"));
    await session.run(() => {
      for (let n = 2; n < 5; n += 1) milepost("track", "mark", { n });
    });
    await faults.until("the first one goes on", () => numbers(site).includes("4 wasm2js"));
    for (const n of [5, 6]) {
      await session.run((n) => [second.track("mark", { n }), milepost("track", "mark", { n })] && undefined, n);
      for (const each of [site, second]) await faults.until("both go on", () => numbers(each).includes(`${n} wasm2js`));
    }
    assert.equal((await seen()).diagnostics, "engine_failed,engine_failed");
    assert.deepEqual((await seen()).faults, []);
  });

  test("a second failure ends the tracker, and the page hears nothing else", async () => {
    const { session, faults } = world;
    const site = await open({ way: "alone/milepost", before: ["traps"] });
    await faults.until("a mark came", () => came(site).length > 0);
    await session.run(() => {
      window.trap = true;
      for (let n = 2; n < 5; n += 1) milepost("track", "mark", { n });
      document.body.click();
    });
    await faults.until("it was told", async () => (await seen()).diagnostics.includes("engine_unavailable"));
    await session.run(() => milepost("track", "mark", { n: 5 }));
    const { diagnostics, faults: thrown } = await seen();
    assert.deepEqual({ diagnostics, thrown }, { diagnostics: "engine_failed,engine_unavailable", thrown: [] });
    assert.deepEqual([...new Set(numbers(site))], ["1 wasm"]);
    assert.notDeepEqual(await kept(site), []);
    await session.run(() => (milepost("forget"), undefined));
    await faults.until("what is kept can still be forgotten", async () => (await kept(site)).length === 0);
  });
});
