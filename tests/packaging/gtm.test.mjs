// The Google Tag Manager template: its code in a sandbox with its permissions, its own tests, and in a page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { parse as parseYaml } from "yaml";
import { serveSite } from "../e2e/support/site.mjs";
import { eventsOf, openWorld } from "./support/opened.mjs";
import { Refused, runSandboxed, sandbox } from "./support/sandbox.mjs";
import { allows, lint, readTemplate, runScenario } from "./support/template.mjs";

const GTM = new URL("../../js/gtm/", import.meta.url);
const template = readTemplate(await readFile(new URL("template.tpl", GTM), "utf8"));
const URL_IN_TEMPLATE = "https://collect.example.com";
const INIT = { action: "init", site: "shop", collector: URL_IN_TEMPLATE, conversions: "ecommerce", consent: "google" };

test("the template says what the gallery asks for", async () => {
  const { info, parameters } = template;
  assert.equal(info.type, "TAG");
  assert.deepEqual(info.containerContexts, ["WEB"]);
  assert.deepEqual(parameters.map(({ name }) => name), ["action", "tracker", "event"]);
  const named = parameters.flatMap((each) => each.subParams ?? [each]).map(({ name }) => name);
  for (const [, name] of template.code.matchAll(/\bdata\.(?!gtmOn)(\w+)/g)) assert.ok(named.includes(name), `data.${name} is a parameter`);
  const { homepage, documentation, versions } = parseYaml(await readFile(new URL("metadata.yaml", GTM), "utf8"));
  assert.ok(homepage.startsWith("https://") && documentation.startsWith("https://") && Array.isArray(versions));
});

test("its code is in the sandbox's language, and requires what it uses", () => {
  const required = lint(template.code);
  assert.equal(new Set(required).size, required.length);
  for (const name of required) assert.ok(template.code.split(`${name}`).length > 3, `${name} is used`);
  for (const wrong of ["window.x = 1;", "new Date();", "`${1}`;", "/x/;", "this;", "const { a } = data;", "f(...data);"]) assert.throws(() => lint(wrong), Refused, wrong);
});

for (const scenario of template.scenarios) test(`its own test: ${scenario.name}`, () => runScenario(template, scenario));

test("each permission is needed: without it the template fails", () => {
  const run = (permissions, given) => {
    const page = { google_tag_data: { ics: { entries: { analytics_storage: { default: true } } } } };
    const ended = { gtmOnSuccess: () => {}, gtmOnFailure: () => assert.fail("gtmOnFailure") };
    const apis = sandbox({ page, permissions, layer: [{ ecommerce: { value: 1 } }], inject: (_url, done) => done() });
    for (const data of given) runSandboxed(template.code, apis, { ...data, ...ended });
    return page.milepost.q;
  };
  const given = [INIT, { action: "track", eventName: "sign_up", ecommerce: true }];
  assert.deepEqual(run(template.permissions, given).map(([, [method]]) => method), ["init", "setConsent", "track"]);
  for (const name of ["access_globals", "access_consent", "inject_script", "read_data_layer"]) {
    assert.throws(() => run({ ...template.permissions, [name]: undefined }, given), name);
  }
  for (const { key } of template.permissions.access_globals.keys) {
    const keys = template.permissions.access_globals.keys.filter((each) => each.key !== key);
    assert.throws(() => run({ ...template.permissions, access_globals: { keys } }, given), Refused, key);
  }
  const elsewhere = { ...INIT, collector: "https://elsewhere.example" };
  assert.throws(() => run(template.permissions, [elsewhere]), /permitted logging|gtmOnFailure/);
  assert.ok(!allows(template.permissions, "inject_script", "http://collect.example.com/milepost.js"));
});

let world;
let server;

before(async () => {
  world = await openWorld();
  server = await serveSite({
    pages: {
      "/": "<!doctype html><title>Shop</title><link rel=icon href=data:,><script></script><button data-mp-event=clicked>Click</button>",
      "/sandbox.js": await readFile(new URL("support/sandbox.mjs", import.meta.url), "utf8"),
    },
  });
});
after(async () => {
  await server?.close();
  await world?.close();
});

/** A page of its own; nothing may be said or thrown in it. */
async function page(t) {
  const context = await world.chromium.newContext();
  const it = await context.newPage();
  const problems = [];
  it.on("console", (message) => ["warning", "error"].includes(message.type()) && problems.push(message.text()));
  it.on("pageerror", (error) => problems.push(String(error)));
  t.after(async () => {
    await context.close();
    assert.deepEqual(problems, []);
  });
  await it.goto(server.url);
  return it;
}

const until = (site, name) => world.relay.until(`${name} came`, () => eventsOf(world.relay, site).some((event) => event.name === name));
const names = (site) => eventsOf(world.relay, site).map(({ name }) => name);

test("in a page, its tags start the tracker once, hold events until consent, and send what the data layer has", async (t) => {
  const it = await page(t);
  const site = world.freshSite();
  // The template names an https address; the page asks the collector of the test, which has none.
  const given = { code: template.code, permissions: template.permissions, init: { ...INIT, site }, relay: world.relay.url };
  await it.evaluate(async ({ code, permissions, init, relay }) => {
    const { runSandboxed, sandbox } = await import("/sandbox.js");
    const listeners = {};
    const layer = [{ event: "purchase", ecommerce: { transaction_id: "T-1", currency: "EUR", value: 39.98, items: [{ item_id: "sku-1", price: 19.99, quantity: 2 }] } }];
    const loaded = new Set();
    // As the tag manager does: an async script before the first one of the page, once for each token.
    const inject = (url, onSuccess, onFailure, token) => {
      if (loaded.has(token)) return onSuccess();
      loaded.add(token);
      const script = Object.assign(document.createElement("script"), { type: "text/javascript", async: true, src: `${relay}/milepost.js`, onload: onSuccess, onerror: onFailure });
      const [first] = document.getElementsByTagName("script");
      first.parentNode.insertBefore(script, first);
    };
    const apis = sandbox({ page: window, permissions, layer, inject, listen: (type, listener) => (listeners[type] = listener), granted: () => true });
    const here = (options) => ({ ...options, collector: relay, batch: { maxWaitMs: 20 } });
    const callInWindow = (path, ...given) => apis.callInWindow(path, ...(given[0] === "init" ? ["init", here(given[1])] : given));
    const fire = (data) => new Promise((resolve, reject) => runSandboxed(code, { ...apis, callInWindow }, { ...data, gtmOnSuccess: resolve, gtmOnFailure: reject }));
    window.agree = () => listeners.analytics_storage("analytics_storage", true);
    await fire({ action: "track", eventName: "sign_up", params: [{ name: "method", value: "before the tracker" }] });
    await fire(init);
    await fire(init);
    await fire({ action: "track", eventName: "purchase", ecommerce: true });
  }, given);
  assert.deepEqual(names(site), [], "nothing before the choice, though the API calls what nobody set granted");
  await it.evaluate(() => window.agree());
  await until(site, "purchase");
  await it.click("button");
  await until(site, "clicked");
  assert.deepEqual(names(site).toSorted(), ["clicked", "page_view", "purchase", "sign_up"]);
  const purchase = eventsOf(world.relay, site).find(({ name }) => name === "purchase");
  assert.deepEqual(purchase.params, { transaction_id: "T-1", currency: "EUR", value: 39.98, items: [{ item_id: "sku-1", price: 19.99, quantity: 2 }] });
});

test("a Custom HTML tag runs the snippet of the documentation, twice, as one tracker", async (t) => {
  const it = await page(t);
  const site = world.freshSite();
  const snippet = `<script>window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
milepost("init",${JSON.stringify({ site, collector: world.relay.url, batch: { maxWaitMs: 20 } })});</script>
<script async src="${world.relay.url}/milepost.js"></script><script>milepost("setConsent",{analytics:"granted"});milepost("track","sign_up",{method:"custom"});</script>`;
  // As the tag manager does: markup is parsed aside, and each script made anew, since parsed ones don't run.
  await it.evaluate(async (html) => {
    for (let times = 0; times < 2; times += 1) {
      const box = document.createElement("div");
      box.style.display = "none";
      document.body.append(box);
      const parsed = document.createElement("template");
      parsed.innerHTML = html;
      for (const old of parsed.content.querySelectorAll("script")) {
        const script = document.createElement("script");
        for (const { name, value } of old.attributes) script.setAttribute(name, value);
        script.text = old.text;
        box.append(script);
        if (old.src) await new Promise((resolve) => (script.onload = resolve));
      }
    }
  }, snippet);
  await it.waitForFunction(() => window.milepost.version);
  await it.click("button");
  await until(site, "clicked");
  assert.deepEqual(names(site).toSorted(), ["clicked", "page_view", "sign_up", "sign_up"]);
  assert.equal(new Set(eventsOf(world.relay, site).map(({ batch }) => batch.stream)).size, 1);
});
