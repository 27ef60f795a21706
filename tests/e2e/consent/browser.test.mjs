// What isn't a platform's alone: frames, what the browser itself refuses, how the tag loads its adapters.

import assert from "node:assert/strict";
import { FIREFOX } from "../support/engines.mjs";
import { openSession } from "../support/webdriver.mjs";
import { platform } from "./platforms.mjs";
import { NOTHING_KEPT, inEachEngine, kept, openSite, recipe, running, until } from "./world.mjs";

const GPC = `<script>Object.defineProperty(navigator, "globalPrivacyControl", { value: true });</script>`;
const DNT = `<script>Object.defineProperty(navigator, "doNotTrack", { value: "1" });</script>`;
/** As a person sets them in Firefox. */
const PREFS = { "privacy.globalprivacycontrol.enabled": true, "privacy.globalprivacycontrol.functionality.enabled": true };
const BOTH = { analytics: "granted", marketing: "granted" };

inEachEngine((world, test) => {
  /** A site that ends with the test. */
  const withSite = (given, run) => async () => {
    const site = await openSite(await given());
    try {
      await run(site, world.session);
    } finally {
      await world.session.open("about:blank");
      await site.close();
    }
  };
  /** The tag alone, with consent options of the test's. */
  const plain = (consent, more) => async () => {
    const { tag } = await recipe("klaro");
    return { blocks: { platform: "", tag: tag.replace(`{ signals: ["klaro"] }`, JSON.stringify(consent)) }, ...more };
  };
  const open = async (site, path = "/?gclid=click-1") => {
    await world.session.open(site.url + path);
    await running(world.session);
  };

  test("a TCF platform in the page around a frame of another origin decides for the frame", withSite(inFrame, async (site, session) => {
    await session.open(`${site.url}/around.html`);
    await session.frame("#shop");
    await running(session);
    await until("the adapters are there", () => session.run(`return milepost.signals !== undefined`));
    await session.run(`milepost("track", "mark"); milepost("flush")`);
    assert.deepEqual([await kept(session, platform("tcf").cookies), site.requests()], [NOTHING_KEPT, 0]);

    await session.frame(null);
    await until("the platform asks", () => session.run(`return document.getElementById("agree") !== null`));
    await session.run(`document.getElementById("agree").click()`);
    await session.frame("#shop");
    await until("what waited is here", async () => {
      await session.run(`milepost("flush")`);
      return site.events().some(({ name }) => name === "mark");
    });
    const { at, version, ...record } = site.batches[0].consent;
    assert.deepEqual(record, { ...BOTH, functional: "unknown", source: "tcf" });

    await session.frame(null);
    await session.run(`document.getElementById("refuse").click()`);
    await session.frame("#shop");
    await until("it is wiped", async () => (await kept(session, platform("tcf").cookies)).local.length === 0);
    const sent = site.requests();
    await session.run(`milepost("track", "mark"); milepost("flush")`);
    await until("the database is gone", async () => (await kept(session, platform("tcf").cookies)).databases.length === 0);
    assert.equal(site.requests(), sent);
  }));

  test("what is chosen in one tab holds in the others", withSite(async () => ({ blocks: await recipe("tcf"), ...(await platform("tcf").load()) }), async (site, session) => {
    const own = platform("tcf").cookies;
    await session.open(`${site.url}/empty.html`);
    await session.forgetCookies();
    await open(site);
    await session.run(`document.getElementById("agree").click()`);
    await until("the visit is kept", async () => (await kept(session, own)).local.includes("milepost.shop"));
    const first = await session.window();
    const second = await secondTab(session, `${site.url}/`);
    try {
      await running(session);
      await session.run(`milepost("track", "second"); milepost("flush")`);
      await until("the second tab measures", () => site.events().some(({ name }) => name === "second"));
      // Told after the tracker, which listened before.
      await session.run(`addEventListener("storage", ({ key, newValue }) => (window.over ||= key === "milepost.shop" && newValue === null))`);

      await session.go(first);
      await session.run(`document.getElementById("refuse").click()`);
      await session.go(second);
      await until("the second tab heard of it", () => session.run(`return window.over === true`));
      const sent = site.requests();
      await session.run(`milepost("track", "second"); milepost("flush")`);
      await until("the database is gone", async () => (await kept(session, own)).databases.length === 0);
      assert.deepEqual(await kept(session, own), NOTHING_KEPT);
      await session.open(`${site.url}/empty.html`);
      assert.deepEqual([await kept(session, own), site.requests()], [NOTHING_KEPT, sent]);
    } finally {
      await session.close();
      await session.go(first);
    }
  }));

  test("GPP as its recipe has it governs marketing alone", withSite(async () => ({ blocks: await recipe("gpp"), ...(await platform("gpp").load()) }), async (site, session) => {
    await session.open(`${site.url}/empty.html`);
    await session.forgetCookies();
    await open(site);
    await session.run(`milepost("flush")`);
    await until("events come without being asked", () => site.batches.length > 0);
    const before = site.batches[0];
    assert.deepEqual([before.consent.analytics, before.consent.marketing, before.campaign?.click_ids], ["granted", "unknown", undefined]);
    for (const [button, marketing, clicks] of [["agree", "granted", { gclid: "click-1" }], ["refuse", "denied", undefined]]) {
      await session.run(`document.getElementById("${button}").click(); milepost("track", "${button}"); milepost("flush")`);
      await until(`${button} is here`, () => site.events().some(({ name }) => name === button));
      const { batch } = site.events().find(({ name }) => name === button);
      assert.deepEqual([batch.consent.marketing, batch.consent.source, batch.campaign?.click_ids], [marketing, "config+gpp", clicks]);
    }
  }));

  test("Global Privacy Control denies marketing, whatever the site's platform says", async () => {
    // Firefox has it; the others get it from extensions.
    const real = world.engine === FIREFOX;
    const session = real ? await openSession(withPrefs(FIREFOX, PREFS)) : world.session;
    try {
      const given = await plain({}, { head: real ? "" : GPC })();
      const site = await openSite(given);
      await session.open(`${site.url}/?gclid=click-1`);
      await running(session);
      await session.run(`milepost("setConsent", { analytics: "granted", marketing: "granted" }); milepost("flush")`);
      await until("the page view came", () => site.batches.length > 0);
      const { consent, campaign } = site.batches[0];
      assert.deepEqual([consent.analytics, consent.marketing, consent.gpc, campaign?.click_ids], ["granted", "denied", true, undefined]);
      await session.open("about:blank");
      await site.close();
    } finally {
      if (real) await session.quit();
    }
  });

  for (const [what, head, consent] of [
    ["Global Privacy Control", GPC, { gpc: ["analytics", "marketing"] }],
    ["Do Not Track", DNT, { dnt: ["analytics"] }],
  ]) {
    test(`${what} keeps everything back where the site wants it so`, withSite(plain({ mode: "granted", ...consent }, { head }), async (site, session) => {
      await session.open(`${site.url}/empty.html`);
      await session.forgetCookies();
      await open(site);
      await session.run(`milepost("setConsent", { analytics: "granted", marketing: "granted" }); milepost("track", "mark"); milepost("flush")`);
      assert.deepEqual(await kept(session), NOTHING_KEPT);
      await session.open(`${site.url}/empty.html`);
      assert.deepEqual([await kept(session), site.requests()], [NOTHING_KEPT, 0]);
    }));
  }

  test("Do Not Track by itself denies nothing", withSite(plain({}, { head: DNT }), async (site, session) => {
    await open(site);
    await session.run(`milepost("setConsent", { analytics: "granted", marketing: "granted" }); milepost("flush")`);
    await until("the page view came", () => site.batches.length > 0);
    assert.deepEqual([site.batches[0].consent.marketing, site.batches[0].consent.gpc], ["granted", undefined]);
  }));

  const POLICY = `<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-n0nce' 'wasm-unsafe-eval'; require-trusted-types-for 'script'">`;
  test("the tag loads its adapters once, with its own nonce and no policy of Trusted Types, from where it came", withSite(async () => {
    const given = await plain({ signals: ["tcf", ["google", { marketing: ["ad_storage"] }]] })();
    return { ...given, head: POLICY, change: nonce };
  }, async (site, session) => {
    await session.open(`${site.url}/`);
    await until("the adapters are there", () => session.run(`return window.milepost?.signals !== undefined`));
    assert.equal(site.asked("/consent.js"), 1);
  }));

  test("where the adapters never come, what their signals govern stays unknown and the rest works", withSite(plain({ signals: ["gpp"] }, { files: { "/consent.js": (request, response) => response.writeHead(404).end() } }), async (site, session) => {
    await open(site);
    await session.run(`milepost("setConsent", { analytics: "granted", marketing: "granted" }); milepost("flush")`);
    await until("the page view came", () => site.batches.length > 0);
    assert.deepEqual([site.batches[0].consent.analytics, site.batches[0].consent.marketing], ["granted", "unknown"]);
    assert.deepEqual(await session.run(() => window.faults), []);
  }));
});

/** Opens another tab and goes there; returns its name. */
async function secondTab(session, url) {
  const known = new Set(await session.windows());
  await session.run((address) => void window.open(address, "_blank"), url);
  const fresh = async () => (await session.windows()).find((each) => !known.has(each));
  await until("the tab is there", fresh);
  const handle = await fresh();
  await session.go(handle);
  return handle;
}

/** The platform's page around a frame of another origin, which the tag is in. */
async function inFrame() {
  const blocks = await recipe("tcf");
  const around = (page, collector) => page(blocks.platform, `<iframe id="shop" src="${collector}/in.html" width="400" height="300"></iframe>`).replace(/<script type="module">.*?<\/script>/s, "");
  return { blocks, ...(await platform("tcf").load()), pages: { "/around.html": around, "/in.html": (page) => page(blocks.tag) } };
}

function nonce(text) {
  return text.replaceAll("<script", `<script nonce="n0nce"`);
}

function withPrefs(engine, prefs) {
  return {
    ...engine,
    capabilities(profile) {
      const all = engine.capabilities(profile);
      const options = all["moz:firefoxOptions"];
      return { ...all, "moz:firefoxOptions": { ...options, prefs: { ...options.prefs, ...prefs } } };
    },
  };
}
