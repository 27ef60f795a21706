// The consent platforms of these tests, as npm has them: where their files are, what their buttons do, what they keep.

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));
const { build } = createRequire(new URL("../../../js/package.json", import.meta.url))("esbuild");

const there = () => document.getElementById("refuse") !== null;
const consent = () => document.getElementById("agree");
const refusal = () => document.getElementById("refuse");

/** A platform that these tests make of its library: one script. */
async function bundle(name) {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL(`cmp/${name}.mjs`, import.meta.url))], bundle: true, write: false, format: "iife" });
  return outputFiles[0].text;
}

/**
 * `there` runs in the page, and so do `consent` and `refusal`, which return the button that says so, once it is drawn; it may
 * be pressed before its platform hears it. A refusal is told to us `atOnce` or when the platform has closed its window.
 * `cookies` are the platform's own; `record` is what the consent record says besides the purposes; `body` is what the page
 * has for it.
 */
export const PLATFORMS = [
  {
    name: "klaro",
    load: async () => ({ folders: { "/klaro/": `${MODULES}klaro/dist/` } }),
    cookies: ["klaro"],
    record: { source: "klaro", version: "1" },
    there: () => document.getElementById("klaro") !== null,
    consent: () => document.querySelector("#klaro .cm-btn-success"),
    refusal: () => {
      if (!document.querySelector("#klaro .cm-modal")) window.klaro.show(undefined, true);
      document.querySelectorAll("#klaro .cm-service input:checked").forEach((service) => service.click());
      return document.querySelector("#klaro .cm-footer .cm-btn-accept");
    },
  },
  {
    name: "cookieconsent",
    load: async () => ({ folders: { "/cookieconsent/": `${MODULES}vanilla-cookieconsent/dist/` } }),
    cookies: ["cc_cookie"],
    record: { source: "cookieconsent", version: "1" },
    there: () => window.CookieConsent?.getConfig("revision") === 1,
    consent: () => document.querySelector(`#cc-main .cm [data-role="all"]`),
    refusal: () => {
      window.CookieConsent.showPreferences();
      return document.querySelector(`#cc-main .pm [data-role="necessary"]`);
    },
  },
  {
    name: "tarteaucitron",
    load: async () => ({ folders: { "/tarteaucitron/": `${MODULES}tarteaucitronjs/` } }),
    cookies: ["tarteaucitron"],
    record: { source: "tarteaucitron" },
    there: () => document.getElementById("milepostDenied") !== null,
    consent: () => document.getElementById("tarteaucitronPersonalize2"),
    refusal: () => {
      window.tarteaucitron.userInterface.openPanel();
      return document.getElementById("tarteaucitronAllDenied");
    },
  },
  {
    name: "tcf",
    load: async () => ({ files: { "/cmp/cmp.js": await bundle("tcf"), "/cmp/stub.js": await readFile(`${MODULES}@iabtcf/stub/lib/stub.js`, "utf8") } }),
    cookies: ["euconsent-v2"],
    record: { source: "tcf", version: "31.640.5" },
    there,
    consent,
    refusal,
    atOnce: true,
  },
  {
    name: "gpp",
    load: async () => ({ files: { "/cmp/cmp.js": await bundle("gpp"), "/cmp/stub.js": await readFile(new URL("cmp/gpp-stub.js", import.meta.url), "utf8") } }),
    // As a site has it that asks it for everything.
    change: (text) =>
      text
        .replace(`mode: "granted", `, "")
        .replace(`["gpp"]`, `[["gpp", { analytics: ["SaleOptOut"], marketing: ["SharingOptOut"] }]]`)
        .replace("gpp()", `gpp({ analytics: ["SaleOptOut"], marketing: ["SharingOptOut"] })`),
    cookies: ["gpp"],
    record: { source: "gpp", version: "1.1" },
    there,
    consent,
    refusal,
    atOnce: true,
  },
  {
    name: "google",
    load: async () => ({ files: { "/cmp/cmp.js": await bundle("google") }, body: `<script src="/cmp/cmp.js"></script>` }),
    cookies: ["banner"],
    record: { source: "google" },
    there,
    consent,
    refusal,
    atOnce: true,
  },
  {
    name: "other",
    load: async () => ({ files: { "/cmp/cmp.js": await bundle("other") }, body: `<script src="/cmp/cmp.js"></script>` }),
    cookies: ["banner"],
    record: { source: "banner-choice" },
    there,
    consent,
    refusal,
    atOnce: true,
  },
];

export const platform = (name) => PLATFORMS.find((each) => each.name === name);
