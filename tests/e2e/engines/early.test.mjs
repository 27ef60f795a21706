// Visitors who leave before the core runs: its WebAssembly comes late, and what they had consented to isn't lost.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { assertConserved } from "../support/conservation.mjs";
import { freshSite, inEachEngine, leavePage } from "../delivery/world.mjs";
import { serveStage } from "./stage.mjs";

/** An address of its own for each page: a browser lets requests for the same one wait for each other. */
const held = (site) => ({ way: "lean", wasm: `/held.wasm?${site}` });
const GRANTED = ["setConsent", { analytics: "granted" }];
const marks = (run, count) => Array.from({ length: count }, (_, n) => ["track", "mark", { run, n }]);
/** What pages put down is old enough to be sent by the next one at once. */
const LATER = { before: ["later"] };

let stage;
before(async () => (stage = await serveStage()));
after(() => stage?.close());

inEachEngine((world, test) => {
  const came = (site, name) => world.faults.events(site).filter(({ event }) => event.name === name);
  const open = (site, given) => world.session.open(stage.page({ site, collector: world.faults.url, ...given }));
  /** What this site has in localStorage. */
  const kept = (site) => world.session.run((name) => Object.keys(localStorage).filter((key) => key.startsWith(name)), `milepost.${site}`);

  /** Opens a page whose core waits for its WebAssembly, with these calls made of it. */
  async function openHeld(site, given) {
    const waited = stage.held.length;
    await open(site, { ...held(site), ...given });
    await world.faults.until("the WebAssembly is asked for", () => stage.held.length > waited);
  }

  /** Such a page is left; returns when the last call was. */
  async function leave(site, given) {
    await openHeld(site, given);
    const at = await world.session.run(() => Date.now());
    await leavePage(world);
    return at;
  }

  test("what was called and consented to comes with the next page, under its own times and once", async () => {
    const { faults } = world;
    const site = freshSite();
    const left = await leave(site, { before: ["an ad"], calls: [...marks("one", 2), GRANTED, ["identify", "user-7"], ...marks("one", 3).slice(2)] });
    await faults.until("one text waits", async () => (await kept(site)).length === 1);
    assert.match((await kept(site))[0].slice(`milepost.${site}`.length), /^\/early\.\d+(,\d+){3}$/, "as docs/consent.md has it");
    assert.deepEqual(came(site, "mark"), []);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the marks came", () => came(site, "mark").length >= 3);
    await faults.until("both page views came", () => came(site, "page_view").length >= 2);
    await faults.until("nothing waits any more", async () => !(await kept(site)).some((key) => key.includes("/")));
    const [early, late] = came(site, "page_view").toSorted((one, other) => one.event.at - other.event.at);
    assert.ok(early.event.at <= left && late.event.at > left, "the first page view was before it was left");
    for (const { event } of came(site, "mark")) assert.ok(event.at <= left, `${event.at} is before ${left}`);
    assertConserved(faults, site, new Map([["one", 3]]));
    const batches = faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site);
    assert.equal(new Set(batches.map(({ visitor }) => visitor)).size, 1, "one visitor");
    assert.equal(new Set(batches.map(({ session }) => session.id)).size, 1, "one session");
    assert.deepEqual([...new Set(batches.map(({ engine }) => engine))], ["wasm"]);
    for (const { batch } of faults.batches.filter(({ batch }) => batch.site === site)) {
      assert.equal(batch.campaign.source, "ads", "what brought the visitor is known from the page that was left");
      assert.equal(batch.campaign.click_ids, undefined);
    }
  });

  test("it comes also from a window that is closed by a script, to which WebKit gives no storage any more", async () => {
    const { session, faults } = world;
    const site = freshSite();
    const waited = stage.held.length;
    await session.open(`${stage.url}/empty.html`);
    const [home] = await session.windows();
    await session.run((url) => void (window.opened = window.open(url)), stage.page({ site, collector: faults.url, ...held(site), calls: [GRANTED, ...marks("one", 2)] }));
    await faults.until("the WebAssembly is asked for", () => stage.held.length > waited);
    await session.run(() => opened.close());
    await faults.until("the window is closed", async () => (await session.windows()).length === 1);
    await session.go(home);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the marks came", () => came(site, "mark").length >= 2);
    await faults.until("both page views came", () => came(site, "page_view").length >= 2);
    assertConserved(faults, site, new Map([["one", 2]]));
  });

  test("what is called after another page has taken up what was before is put down, too, and the page view counts once", async () => {
    const { session, faults } = world;
    const site = freshSite();
    const home = await session.window();
    const left = await session.newWindow();
    await openHeld(site, { calls: [GRANTED, ...marks("one", 2)] });
    await session.run(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await session.go(home);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the first marks came", () => came(site, "mark").length === 2);
    await session.go(left);
    for (const n of [2, 3]) await session.run((n) => milepost("track", "mark", { run: "one", n }), n);
    await session.close();
    await session.go(home);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the others came", () => came(site, "mark").length === 4);
    await faults.until("the page views came", () => came(site, "page_view").length >= 3);
    await faults.until("nothing waits any more", async () => !(await kept(site)).some((key) => key.includes("/")));
    assertConserved(faults, site, new Map([["one", 4]]));
    const views = came(site, "page_view");
    assert.equal(views.length, 3, "of the page that was left, and of the two others");
    assert.equal(new Set(faults.batches.filter(({ batch }) => batch.site === site).map(({ batch }) => batch.visitor)).size, 1, "one visitor");
  });

  test("it is sent by the page that takes it up, though another tab is at the log just then", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await leave(site, { calls: [GRANTED, ...marks("one", 2)] });
    await open(site, { ...held(site) });
    // As a tab has it whose request is under way.
    await session.run((name) => void navigator.locks.request(name, () => new Promise((done) => (window.done = done))), `milepost.${site}`);
    const holding = await session.window();
    const other = await session.newWindow();
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("what was put down is in the log", async () => (await kept(site)).some((key) => /\/\d+\./.test(key)));
    await faults.until("the page is at work", () => came(site, "page_view").length > 0);
    await session.go(holding);
    await session.run(() => done());
    await session.go(other);
    await faults.until("the marks came", () => came(site, "mark").length === 2);
    assertConserved(faults, site, new Map([["one", 2]]));
    await session.close();
    await session.go(holding);
  });

  test("a WebAssembly that takes ten seconds, on both pages, loses nothing of the one that is left meanwhile", async () => {
    const { faults } = world;
    const site = freshSite();
    const slow = { way: "lean", wasm: `/slow.wasm?${site}` };
    await open(site, { ...slow, calls: [GRANTED, ...marks("one", 2)] });
    await leavePage(world);
    await open(site, { ...slow, wasm: `${slow.wasm}2`, calls: [GRANTED, ...marks("two", 1)] });
    await faults.until("the marks came", () => came(site, "mark").length >= 3, 40_000);
    await faults.until("both page views came", () => came(site, "page_view").length >= 2);
    assertConserved(faults, site, new Map([["one", 2], ["two", 1]]));
  });

  test("a visitor who was there before is the same one, on the page that is left and after it", async () => {
    const { faults } = world;
    const site = freshSite();
    await open(site, { calls: [GRANTED, ...marks("one", 1)] });
    await faults.until("the first mark came", () => came(site, "mark").length === 1);
    await leave(site, { calls: [GRANTED, ...marks("two", 1)] });
    await open(site, { ...LATER, calls: [GRANTED, ...marks("three", 1)] });
    await faults.until("the marks came", () => came(site, "mark").length === 3);
    const batches = faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site);
    assert.equal(new Set(batches.map(({ visitor }) => visitor)).size, 1, "one visitor");
    assert.equal(new Set(batches.map(({ session }) => session.id)).size, 1, "one session");
  });

  /** Two routes, on a page whose core waits: what was looked at, and tracked there, in order. */
  const takeRoutes = async () => {
    for (const route of ["second", "third"]) {
      await world.session.run((route) => {
        history.pushState(null, "", `/${route}`);
        document.title = route;
      }, route);
      await world.session.run((route) => milepost("track", "mark", { run: "one", n: route === "second" ? 0 : 1 }), route);
    }
  };
  const ROUTES = [["page_view", "/page.html", "Stage"], ["page_view", "/second", "second"], ["mark", "/second", "second"], ["page_view", "/third", "third"], ["mark", "/third", "third"]];
  /** What came of it, from the stream that has the mark. */
  const routesOf = (site) => {
    const [{ stream }] = came(site, "mark");
    const found = new Map();
    for (const { batch } of world.faults.batches.filter(({ batch }) => batch.stream === stream)) {
      for (const { seq, name, page = 0 } of batch.events) {
        const { url, title } = batch.pages.find(({ id }) => id === page);
        if (name !== "scroll") found.set(seq, [name, new URL(url).pathname, title]);
      }
    }
    return [...found].sort(([one], [other]) => one - other).map(([, each]) => each);
  };

  test("routes that change before the core runs are page views with their own titles, and what is tracked there is theirs", async () => {
    const { faults } = world;
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED] });
    await takeRoutes();
    stage.held.splice(0).forEach((go) => go());
    await faults.until("the marks came", () => came(site, "mark").length === 2);
    assert.deepEqual(routesOf(site), ROUTES);
    assertConserved(faults, site, new Map([["one", 2]]));
  });

  test("such routes come with the next page when theirs is left before the core runs", async () => {
    const { faults } = world;
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED] });
    await takeRoutes();
    await leavePage(world);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the marks came", () => came(site, "mark").length === 2);
    assert.deepEqual(routesOf(site), ROUTES);
    assertConserved(faults, site, new Map([["one", 2]]));
  });

  test("a router that replaces the address with itself leaves the page view its later title", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED] });
    await session.run(() => history.replaceState({}, "", location.href));
    await session.run(() => (document.title = "Shown"));
    stage.held.splice(0).forEach((go) => go());
    await faults.until("the page view came", () => came(site, "page_view").length > 0);
    const [{ batch }] = faults.batches.filter(({ batch }) => batch.site === site);
    assert.deepEqual(batch.pages.map(({ title }) => title), ["Shown"]);
  });

  test("click ids are put down only under marketing", async () => {
    const { session } = world;
    for (const [marketing, kept] of [["granted", 4], ["denied", 0]]) {
      const site = freshSite();
      await leave(site, { before: ["an ad"], calls: [["setConsent", { analytics: "granted", marketing }]] });
      const text = await session.run((name) => Object.entries(localStorage).find(([key]) => key.startsWith(name))[1], `milepost.${site}`);
      assert.equal(text.split("=click").length - 1, kept, text);
      assert.ok(text.includes("utm_source=ads"));
    }
  });

  test("nothing is put down before every source has granted, or once one has taken it back", async () => {
    const { session } = world;
    for (const given of [
      { calls: marks("one", 2) },
      { calls: [["setConsent", { marketing: "granted" }], ...marks("one", 2)] },
      { calls: [GRANTED, ...marks("one", 2), ["setConsent", { analytics: "denied" }]] },
      { calls: [GRANTED, ...marks("one", 2)], before: ["a signal"] },
      { calls: [GRANTED], before: ["Global Privacy Control"], options: { consent: { gpc: ["analytics"] } } },
      { calls: [GRANTED], options: { cookieless: true } },
    ]) {
      const site = freshSite();
      await leave(site, given);
      assert.deepEqual(await kept(site), [], JSON.stringify(given));
    }
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED, ...marks("one", 2)] });
    const found = await session.run((name) => {
      const look = () => Object.keys(localStorage).filter((key) => key.startsWith(name)).length;
      dispatchEvent(new PageTransitionEvent("pagehide"));
      const put = look();
      milepost("setConsent", { analytics: "denied" });
      return [put, look()];
    }, `milepost.${site}`);
    assert.deepEqual(found, [1, 0]);
  });

  test("what another page has taken up is put down no more, nor anything after a withdrawal there", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED, ...marks("one", 1)] });
    const found = await session.run((name) => {
      const paths = () => Object.keys(localStorage).filter((key) => key.startsWith(name));
      const button = document.body.appendChild(document.createElement("button"));
      button.dataset.mpEvent = "select_item";
      button.dataset.mpItemId = "sku-1";
      button.click();
      dispatchEvent(new PageTransitionEvent("pagehide"));
      const [put] = paths();
      localStorage.removeItem(put);
      milepost("track", "mark", { run: "one", n: 1 });
      dispatchEvent(new PageTransitionEvent("pagehide"));
      return [put.includes("/early."), paths().length];
    }, `milepost.${site}`);
    assert.deepEqual(found, [true, 0]);
    await session.run(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    stage.held.splice(0).forEach((go) => go());
    await faults.until("a mark came", () => came(site, "mark").length > 0);
    assert.deepEqual(came(site, "mark").map(({ event }) => event.params.n), [1], "what was put down is the other's");
    assert.deepEqual([...came(site, "page_view"), ...came(site, "select_item")], [], "and so are the page view and the click");
    await session.run(() => milepost("page"));
    await faults.until("the next page view came", () => came(site, "page_view").length > 0);
    assert.equal(came(site, "page_view").length, 1);
  });

  test("a page that is looked at again before its core runs takes back what it had put down, and sends it itself, once", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await openHeld(site, { calls: [GRANTED, ...marks("one", 2)] });
    await session.run(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    assert.equal((await kept(site)).length, 1);
    await session.run(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    stage.held.splice(0).forEach((go) => go());
    await faults.until("the marks came", () => came(site, "mark").length >= 2);
    assert.equal((await kept(site)).filter((key) => key.includes("/early.")).length, 0);
    assertConserved(faults, site, new Map([["one", 2]]));
    assert.equal(came(site, "page_view").length, 1);
  });
});
