// Visitors who leave before milepost.js itself is there: on a page with the early stub, what they had consented to isn't lost.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { assertConserved } from "../support/conservation.mjs";
import { freshSite, inEachEngine, leavePage } from "../delivery/world.mjs";
import { serveStage } from "./stage.mjs";

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
  const kept = (site) => world.session.run((name) => Object.entries(localStorage).filter(([key]) => key.startsWith(name)), `milepost.${site}`);

  /** A page whose tag isn't there: it is asked for under an address of its own. */
  async function openLate(site, given) {
    const waited = stage.held.length;
    await open(site, { way: "late", tag: `/held.js?${site}`, ...given });
    await world.faults.until("the tag is asked for", () => stage.held.length > waited);
  }

  /** Such a page is left; returns when the last call was. */
  async function leave(site, given) {
    await openLate(site, given);
    const at = await world.session.run(() => Date.now());
    await leavePage(world);
    return at;
  }

  test("what was called and consented to before the tag is there comes with the next page, under its own times and once", async () => {
    const { faults } = world;
    const site = freshSite();
    const left = await leave(site, { before: ["an ad"], calls: [...marks("one", 2), GRANTED, ["identify", 7], ["page"], ...marks("one", 3).slice(2)] });
    const [[key, ...more], ...others] = await kept(site);
    assert.match(key.slice(`milepost.${site}`.length), /^\/early\.\d+(,\d+){3}$/, "as docs/consent.md has it");
    assert.deepEqual([more.length, others], [1, []]);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the marks came", () => came(site, "mark").length >= 3);
    await faults.until("all page views came", () => came(site, "page_view").length >= 3);
    await faults.until("nothing waits any more", async () => !(await kept(site)).some(([key]) => key.includes("/")));
    const times = came(site, "page_view").map(({ event }) => event.at).sort();
    assert.deepEqual(times.map((at) => at <= left), [true, true, false], "the first two page views were before it was left");
    for (const { event } of came(site, "mark")) assert.ok(event.at <= left, `${event.at} is before ${left}`);
    assertConserved(faults, site, new Map([["one", 3]]));
    const batches = faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site);
    assert.equal(new Set(batches.map(({ visitor }) => visitor)).size, 1, "one visitor");
    assert.equal(new Set(batches.map(({ session }) => session.id)).size, 1, "one session");
    const last = batches.find(({ events }) => events.some(({ params }) => params?.n === 2));
    assert.equal(last.user, "7", "what came after the visitor was identified says so");
    assert.deepEqual([...new Set(batches.map(({ device }) => JSON.stringify(device)))].length, 1, "one device");
    for (const { campaign } of batches) assert.deepEqual([campaign.source, campaign.click_ids], ["ads", undefined], "what brought the visitor is known from the page that was left");
  });

  test("a tag that takes ten seconds, on both pages, loses nothing of the one that is left meanwhile", async () => {
    const { faults } = world;
    const site = freshSite();
    const slow = { way: "late", tag: `/slow.js?${site}`, options: { consent: { mode: "granted" } } };
    await open(site, { ...slow, calls: marks("one", 2) });
    await leavePage(world);
    await open(site, { ...slow, tag: `${slow.tag}2`, calls: marks("two", 1) });
    await faults.until("the marks came", () => came(site, "mark").length >= 3, 40_000);
    await faults.until("both page views came", () => came(site, "page_view").length >= 2);
    assertConserved(faults, site, new Map([["one", 2], ["two", 1]]));
  });

  test("a page that comes back before its tag is there counts that as a view, and what was called once", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await openLate(site, { calls: [["setConsent", { analytics: "granted", marketing: "denied" }], ...marks("one", 2)] });
    await session.run(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
      milepost("track", "mark", { run: "one", n: 2 });
    });
    assert.equal((await kept(site)).length, 1);
    stage.held.splice(0).forEach((go) => go());
    await faults.until("the last mark came", () => came(site, "mark").some(({ event }) => event.params.n === 2));
    assert.deepEqual((await kept(site)).filter(([key]) => key.includes("/early.")), [], "it has taken up what it had put down");
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the others came", () => came(site, "mark").length >= 3);
    await faults.until("all page views came", () => came(site, "page_view").length >= 3);
    assertConserved(faults, site, new Map([["one", 3]]));
    assert.equal(came(site, "page_view").length, 3);
    const consents = faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site && batch.events.some(({ params }) => params?.run === "one"));
    for (const { consent } of consents) assert.deepEqual([consent.analytics, consent.marketing], ["granted", "denied"]);
  });

  test("what early stubs in pages have always put down is heard", async () => {
    const { session, faults } = world;
    const site = freshSite();
    await session.open(stage.page({ site, collector: faults.url }, "empty"));
    await session.run((key) => {
      const at = Date.now() - 60_000;
      const told = [
        [0, { url: location.origin + "/past", title: "Past", referrer: "" }, at],
        [13, { source: "api", choices: { analytics: "granted" }, at }, at],
        [12, { user: "user-7" }, at],
        [11, { name: "mark", params: { run: "past", n: 0 }, at: at + 1 }, at + 1],
        [2, { url: location.origin + "/past", title: "Past", referrer: "" }, at + 2],
        [17, {}, at + 3],
        [11, { name: "mark", params: { run: "past", n: 1 }, at: at + 4 }, at + 4],
        [18, {}, at + 5],
        [4, {}, at + 6],
      ];
      localStorage.setItem(key, JSON.stringify(told.map(([kind, fields, at]) => [kind, JSON.stringify(fields), at])));
    }, `milepost.${site}/early.1,2,3,4`);
    await open(site, { ...LATER, calls: [GRANTED] });
    await faults.until("the marks came", () => came(site, "mark").length >= 2);
    await faults.until("all page views came", () => came(site, "page_view").length >= 3);
    const batches = faults.batches.map(({ batch }) => batch).filter((batch) => batch.site === site);
    const [one, other] = [0, 1].map((n) => batches.find(({ events }) => events.some(({ params }) => params?.run === "past" && params.n === n)));
    assert.equal(one.user, "user-7");
    assert.notEqual(one.visitor, other.visitor, "a reset is a new visitor");
    assertConserved(faults, site, new Map([["past", 2]]));
  });

  test("click ids are put down only under marketing", async () => {
    for (const [before, marketing, expected] of [[[], "granted", 4], [[], "denied", 0], [["Global Privacy Control"], "granted", 0]]) {
      const site = freshSite();
      await leave(site, { before: ["an ad", ...before], calls: [["setConsent", { analytics: "granted", marketing }]] });
      const [[, text]] = await kept(site);
      assert.equal(text.split("=click").length - 1, expected, text);
      assert.ok(text.includes("utm_source=ads"));
    }
  });

  test("nothing is put down before every source has granted, once it is taken back, where the page forgets, or beyond the room there is", async () => {
    const { session } = world;
    for (const given of [
      { calls: marks("one", 2) },
      { calls: [["setConsent", { marketing: "granted" }], ...marks("one", 2)] },
      { calls: [GRANTED, ...marks("one", 2), ["setConsent", { analytics: "denied" }]] },
      { calls: [["setConsent", { analytics: "denied" }]], options: { consent: { mode: "granted" } } },
      { calls: [GRANTED], options: { consent: { signals: ["tcf"] } } },
      { calls: [GRANTED], options: { consent: { gpc: ["analytics"] } } },
      { calls: [GRANTED], options: { cookieless: true } },
      { calls: [GRANTED, ["forget"]] },
    ]) {
      const site = freshSite();
      await leave(site, given);
      assert.deepEqual(await kept(site), [], JSON.stringify(given).slice(0, 200));
    }
    const site = freshSite();
    await openLate(site, { calls: [GRANTED, ...marks("one", 1)] });
    const found = await session.run((name) => {
      localStorage.setItem(name + "/early.1,2,3,4", "x".repeat(262_000));
      dispatchEvent(new PageTransitionEvent("pagehide"));
      const count = Object.keys(localStorage).filter((key) => key.startsWith(name)).length;
      localStorage.removeItem(name + "/early.1,2,3,4");
      milepost("track", "mark", { text: "x".repeat(262_144) });
      dispatchEvent(new PageTransitionEvent("pagehide"));
      return [count, Object.keys(localStorage).filter((key) => key.startsWith(name)).length, milepost.q.length];
    }, `milepost.${site}`);
    assert.deepEqual(found, [1, 0, 5], "what finds no room still waits for the tag");
  });
});
