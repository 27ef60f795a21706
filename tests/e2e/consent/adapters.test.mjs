// What real consent platforms don't do, or not when asked: come late or never, lie, throw.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DIST } from "../support/collector.mjs";
import { fakeWindow, listen } from "./fake.mjs";

const LONG_MS = 24 * 3_600_000;
const GRANTED = { analytics: "granted", marketing: "granted" };
const NAMES = ["tcf", "gpp", "google", "klaro", "cookieconsent", "tarteaucitron"];
const DENIED = { analytics: "denied", marketing: "denied" };

/** A TCF platform that answers when told to. */
function fakeTcf() {
  const listeners = new Map();
  const api = (command, version, answer, parameter) => {
    if (command === "addEventListener") listeners.set(listeners.size + 1, answer);
    if (command === "removeEventListener") listeners.delete(parameter);
  };
  return { api, listeners, tell: (data) => listeners.forEach((answer, listenerId) => answer({ listenerId, ...data }, true)) };
}

const agreedTo = (...purposes) => ({
  gdprApplies: true,
  eventStatus: "useractioncomplete",
  cmpId: 10,
  cmpVersion: 2,
  tcfPolicyVersion: 5,
  purpose: { consents: Object.fromEntries(purposes.map((purpose) => [purpose, true])) },
});

const usPing = (sections, signalStatus = "ready") => ({ eventName: "sectionChange", listenerId: 7, pingData: { gppVersion: "1.1", signalStatus, parsedSections: sections } });

test("tcf: waits while the platform asks, and takes consent alone for consent", () => {
  const { signal, window } = fakeWindow();
  const tcf = fakeTcf();
  window.__tcfapi = tcf.api;
  const heard = listen(signal("tcf"));
  tcf.tell({ ...agreedTo(1, 8, 9), eventStatus: "cmpuishown" });
  tcf.tell({ ...agreedTo(1, 8, 9), gdprApplies: undefined });
  assert.deepEqual(heard.told, []);
  tcf.tell({ ...agreedTo(1), purpose: { consents: { 1: true }, legitimateInterests: { 8: true, 9: true } } });
  assert.deepEqual(heard.told, [{ ...DENIED, version: "10.2.5" }]);
  tcf.tell(agreedTo(1, 8, 9));
  tcf.tell(agreedTo(1, 8, 9));
  assert.deepEqual(heard.told.slice(1), [{ analytics: "granted", marketing: "denied", version: "10.2.5" }]);
  heard.end();
  assert.equal(tcf.listeners.size, 0);
});

test("tcf: where the GDPR doesn't apply, only the site can say that nothing else does", () => {
  for (const [outside, told] of [[undefined, []], ["granted", [{ ...GRANTED, version: "3.1.5" }]]]) {
    const { signal, window } = fakeWindow();
    const tcf = fakeTcf();
    window.__tcfapi = tcf.api;
    const heard = listen(signal("tcf", null, { outside }));
    tcf.tell({ gdprApplies: false, eventStatus: "tcloaded", cmpId: 3, cmpVersion: 1, tcfPolicyVersion: 5 });
    assert.deepEqual(heard.told, told);
  }
});

test("tcf: with `publisher`, what the visitor agreed to with the publisher counts", () => {
  const { signal, window } = fakeWindow();
  const tcf = fakeTcf();
  window.__tcfapi = tcf.api;
  const heard = listen(signal("tcf", { analytics: [1] }, { publisher: true }));
  tcf.tell({ ...agreedTo(1), publisher: { consents: {} } });
  assert.equal(heard.last().analytics, "denied");
  tcf.tell({ ...agreedTo(), publisher: { consents: { 1: true } } });
  assert.equal(heard.last().analytics, "granted");
});

test("in a frame, only the window that was asked is believed, in whichever form it answers", () => {
  const calls = [];
  const top = { frames: {}, postMessage: (message) => calls.push(message) };
  const parent = { frames: { __tcfapiLocator: {} }, parent: top, postMessage: (message) => calls.push(message) };
  const { signal, dispatch } = fakeWindow({ parent, top });
  const heard = listen(signal("tcf"));
  const [{ __tcfapiCall: call }] = calls;
  assert.deepEqual([call.command, call.version], ["addEventListener", 2]);
  const answer = (data, callId = call.callId) => ({ __tcfapiReturn: { returnValue: { listenerId: 5, ...data }, success: true, callId } });
  dispatch("message", { source: top, data: answer(agreedTo(1, 8, 9)) });
  dispatch("message", { source: parent, data: answer(agreedTo(1, 8, 9), "another") });
  dispatch("message", { source: parent, data: "no JSON" });
  assert.deepEqual(heard.told, []);
  dispatch("message", { source: parent, data: JSON.stringify(answer(agreedTo(1))) });
  dispatch("message", { source: parent, data: answer(agreedTo(1, 8, 9)) });
  assert.deepEqual(heard.told.map(({ analytics }) => analytics), ["denied", "granted"]);
  heard.end();
  assert.deepEqual([calls[1].__tcfapiCall.command, calls[1].__tcfapiCall.parameter], ["removeEventListener", 5]);
});

test("gpp: an opt-out in any section, or segment, is a refusal; none at all is no answer", () => {
  const cases = [
    [{ usnat: { SaleOptOut: 2, SharingOptOut: 2, TargetedAdvertisingOptOut: 0 } }, "granted"],
    [{ usnat: { SaleOptOut: 2 }, usca: [{ SaleOptOut: 2, SharingOptOut: 1 }, { Gpc: false }] }, "denied"],
    [{ usco: [{ SaleOptOut: 2, TargetedAdvertisingOptOut: 2 }, { Gpc: true }] }, "denied"],
    [{ usnat: { SaleOptOut: 0, SharingOptOut: 0, TargetedAdvertisingOptOut: 0 } }, undefined],
    [{ tcfeuv2: { PurposeConsents: [true] } }, undefined],
    [{}, undefined],
  ];
  for (const [sections, marketing] of cases) {
    const { signal, window } = fakeWindow();
    let answer;
    window.__gpp = (command, hear) => (answer = hear);
    const heard = listen(signal("gpp"));
    answer(usPing(sections, "not ready"), true);
    assert.deepEqual(heard.told, []);
    answer(usPing(sections), true);
    assert.equal(heard.last()?.marketing, marketing, JSON.stringify(sections));
  }
});

test("google: unset is unknown, a default grants nothing that another one denies, and an update wins", () => {
  const { signal, window, clock } = fakeWindow();
  window.dataLayer = [];
  function gtag() {
    window.dataLayer.push(arguments);
  }
  const heard = listen(signal("google"));
  gtag("js", 1);
  gtag("consent", "default", { analytics_storage: "granted", ad_storage: "granted", region: ["US"] });
  assert.deepEqual(heard.told, [], "where the visitor is isn't known");
  gtag("consent", "default", { analytics_storage: "granted", wait_for_update: 500 });
  clock.run(499);
  assert.deepEqual(heard.told, []);
  clock.run(1);
  assert.deepEqual(heard.last(), { analytics: "granted", marketing: "unknown" });
  gtag("consent", "default", { analytics_storage: "denied", region: ["ES"] });
  assert.deepEqual(heard.last(), { analytics: "unknown", marketing: "unknown" });
  gtag("consent", "update", { analytics_storage: "granted", ad_storage: "granted", ad_user_data: "granted" });
  assert.deepEqual(heard.last(), { analytics: "granted", marketing: "unknown" }, "ad_personalization is unset");
  gtag("consent", "update", { ad_personalization: "granted", ad_storage: "denied" });
  assert.deepEqual(heard.last(), { analytics: "granted", marketing: "denied" });
});

test("google: what was pushed before is read, a later wrapper still works, and push is given back", () => {
  const { signal, window } = fakeWindow();
  const layer = (window.dataLayer = [["consent", "update", { analytics_storage: "granted" }]]);
  const heard = listen(signal("google", { analytics: ["analytics_storage"] }));
  assert.deepEqual(heard.told, [{ analytics: "granted" }]);
  const { push } = layer;
  layer.push = (...items) => push.apply(layer, items);
  assert.equal(layer.push(["consent", "update", { analytics_storage: "denied" }], { event: "b" }), 3);
  assert.deepEqual(heard.last(), { analytics: "denied" });
  layer.push = push;
  heard.end();
  assert.equal(layer.push, Array.prototype.push);
  layer.push(["consent", "update", { analytics_storage: "granted" }]);
  assert.equal(heard.told.length, 2);
});

test("a platform that comes late is found; one that never comes is looked for no more after two minutes", () => {
  const { signal, window, clock } = fakeWindow();
  const late = listen(signal("google", { analytics: ["analytics_storage"] }));
  clock.run(60_000);
  window.dataLayer = [["consent", "update", { analytics_storage: "granted" }]];
  clock.run(60_000);
  assert.deepEqual(late.told, [{ analytics: "granted" }]);

  let looks = 0;
  const never = fakeWindow();
  Object.defineProperty(never.window, "tarteaucitron", { get: () => void (looks += 1) });
  const heard = listen(never.signal("tarteaucitron"));
  never.clock.run(LONG_MS);
  assert.deepEqual([heard.told, looks, never.clock.waiting], [[], 13, 0]);
});

test("an event of the site's own: read at the start, then at each event; what isn't a choice is unknown", async (t) => {
  const events = new EventTarget();
  Object.assign(globalThis, { addEventListener: events.addEventListener.bind(events), removeEventListener: events.removeEventListener.bind(events) });
  t.after(() => ["addEventListener", "removeEventListener"].forEach((name) => delete globalThis[name]));
  const { consentEvent } = await import(join(DIST, "consent/index.js"));
  let choices = { analytics: "granted", marketing: "maybe" };
  const signal = consentEvent("cmp:changed", (event) => (event ? event.choices : choices));
  assert.deepEqual([signal.name, signal.governs], ["cmp_changed", ["analytics", "marketing"]]);
  const { told, end } = listen(signal);
  assert.deepEqual(told, [{ analytics: "granted", marketing: "unknown" }]);
  for (choices of [{ marketing: "denied" }, null, { analytics: "__proto__" }]) events.dispatchEvent(Object.assign(new Event("cmp:changed"), { choices }));
  assert.deepEqual(told.slice(1), [{ analytics: "unknown", marketing: "denied" }, { analytics: "unknown", marketing: "unknown" }]);
  end();
  events.dispatchEvent(Object.assign(new Event("cmp:changed"), { choices: { analytics: "granted" } }));
  assert.equal(told.length, 3);
});

test("what is ended listens no more", () => {
  const { signal, window, clock, dispatch } = fakeWindow();
  for (const name of NAMES) listen(signal(name)).end();
  assert.equal(clock.waiting, 0);
  window.tarteaucitron = { job: ["a"], state: { a: true }, services: { a: { type: "analytic" } } };
  const heard = listen(signal("cookieconsent"));
  heard.end();
  dispatch("cc:onConsent", { detail: { cookie: { categories: ["analytics"] } } });
  assert.deepEqual(heard.told, []);
});

/** Nothing here is what a platform should say; `nasty` throws wherever it is touched. */
const nasty = new Proxy(function () {}, Object.fromEntries(["get", "has", "apply", "ownKeys", "set", "getOwnPropertyDescriptor"].map((trap) => [trap, () => { throw new Error(trap); }])));
const HOSTILE = [undefined, null, 0, 1, Number.NaN, "", "granted", true, [], {}, [null], [[]], { 2: null }, Symbol("x"), 10n, () => { throw new Error("platform"); }, () => null, nasty];

test("hostile values neither throw into the page nor grant", () => {
  const analytic = { analytic: { type: "analytic" }, ads: { type: "ads" } };
  for (const value of HOSTILE) {
    const globals = {
      tcf: [{ __tcfapi: value }, ...["purpose", "gdprApplies", "eventStatus"].map((field) => ({ __tcfapi: (command, version, answer) => answer({ ...agreedTo(1, 3, 4, 7, 8, 9), [field]: value === true ? 1 : value }, true) }))],
      gpp: [{ __gpp: value }, { __gpp: (command, answer) => answer(value) }, { __gpp: (command, answer) => answer(usPing(value)) }, { __gpp: (command, answer) => answer(usPing({ usnat: { SaleOptOut: value === true || value === 1 ? 0 : value } })) }],
      google: [{ dataLayer: value }, { dataLayer: [value, ["consent", value, value], ["consent", "update", value], ["consent", "update", { analytics_storage: value === "granted" ? 0 : value }]] }],
      klaro: [{ klaro: value }, { klaro: { addEventListener: (type, hear) => hear(value), getManager: () => value } }, { klaro: { addEventListener: (type, hear) => hear({}), getManager: () => ({ confirmed: value, watch() {}, savedConsents: value, config: { version: value, services: [{ name: "analytics" }, value] } }) } }],
      cookieconsent: [{ CookieConsent: value }, { CookieConsent: { validConsent: () => true, getCookie: () => value } }, { CookieConsent: { validConsent: () => true, getCookie: () => ({ categories: value, revision: value }) } }],
      tarteaucitron: [{ tarteaucitron: value }, { tarteaucitron: { job: ["analytic", value], state: { analytic: value === true ? 0 : value }, services: analytic } }],
    };
    for (const [name, worlds] of Object.entries(globals)) {
      for (const world of worlds) {
        const { signal, clock, thrown, dispatch } = fakeWindow(world);
        const heard = listen(signal(name));
        for (const type of ["cc:onConsent", "cc:onChange", "tac.consent_updated", "message"]) {
          dispatch(type, { detail: value, data: value });
          dispatch(type, { detail: { cookie: value }, data: { __tcfapiReturn: value } });
        }
        clock.run(LONG_MS);
        heard.end();
        const granted = heard.told.flatMap((choices) => Object.values(choices)).filter((choice) => choice === "granted");
        assert.deepEqual([granted, thrown], [[], []], `${name} with ${String(typeof value === "function" ? "a function" : JSON.stringify(value, (key, each) => (typeof each === "bigint" ? "10n" : each)))}`);
      }
    }
  }
});

test("a tracker's own mistake doesn't reach the platform", () => {
  const { signal, window } = fakeWindow();
  const tcf = fakeTcf();
  window.__tcfapi = tcf.api;
  signal("tcf").start(() => {
    throw new Error("tell");
  });
  tcf.tell(agreedTo(1, 8, 9));
});
