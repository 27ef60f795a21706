// What is in the package, and what those who only read its manifest make of it. Nothing here opens a browser.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { parse } from "acorn";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { PACKAGE, install, run, tarball } from "./support/installed.mjs";

const ROOT = dirname(fileURLToPath(import.meta.url));
const ENTRIES = ["milepost", "milepost/lean"];
/** `require` of an ES module is Node's business from 20.19 on; resolution of 2012 knows no entries. */
const ESM_ONLY = ["node10", "node16-cjs"];

let installed;

before(async () => {
  installed = await install(ROOT);
});
after(() => installed?.remove());

const json = async (name) => JSON.parse(await readFile(join(PACKAGE, name), "utf8"));

test("the tarball has what is listed, and nothing else", async () => {
  const at = join(installed.path, "node_modules/milepost");
  const found = (await readdir(at)).toSorted();
  assert.deepEqual(found, ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist", "package.json", "sbom.cdx.json"]);
  const files = (await readdir(at, { recursive: true })).filter((name) => name.startsWith("dist/"));
  assert.deepEqual(files.filter((name) => !/(\.js|\.d\.ts|\.wasm|^dist\/consent|\/integrity\.json)$/.test(name)), []);
});

for (const file of ["dist/milepost.js", "dist/index.js"]) {
  test(`the text in ${file} is read back to the very bytes of milepost.wasm`, async () => {
    const code = await readFile(join(PACKAGE, file), "utf8");
    const text = (name) => code.match(new RegExp(`\\b${name}="([^"]+)"`))[1];
    const { instance } = await WebAssembly.instantiate(Buffer.from(text("READER"), "hex"));
    const { m: memory, f: read } = instance.exports;
    new TextEncoder().encodeInto(text("PACKED"), new Uint8Array(memory.buffer));
    const length = read();
    const [, place] = code.match(/new Uint8Array\(\w+\.buffer,(\w+),/);
    const wasm = await readFile(join(PACKAGE, "dist/milepost.wasm"));
    assert.ok(Buffer.from(memory.buffer, Number(place), length).equals(wasm));
  });
}

test("it depends on nothing", async () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = await json("package.json");
  assert.equal(dependencies, undefined);
  assert.deepEqual(Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name].optional), []);
});

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pkgDir: join(installed.path, "node_modules/milepost"), strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("the types are found and right wherever ES modules are", async () => {
  const { problems, entrypoints } = await checkPackage(createPackageFromTarballData(await readFile(await tarball())));
  assert.ok(Object.keys(entrypoints).includes("./lean"));
  const scripts = ["./tag.js", "./consent.js", "./stub.js", "./early-stub.js", "./fallback.js", "./milepost.wasm", "./integrity.json"];
  const wrong = problems.filter(({ resolutionKind, entrypoint }) => !ESM_ONLY.includes(resolutionKind) && !scripts.includes(entrypoint));
  assert.deepEqual(wrong, []);
});

test("TypeScript takes the examples, strictly, as bundlers and as Node resolve them", async () => {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  for (const project of ["vite", "types"]) await run(tsc, ["-p", "."], join(installed.path, project));
});

test("Node renders with a tracker of the same methods that does nothing", async () => {
  const script = `for (const entry of ${JSON.stringify(ENTRIES)}) {
    const { createTracker, OptionError } = await import(entry);
    const tracker = createTracker({ site: "shop", collector: "http://127.0.0.1:1", consent: { mode: "granted" } });
    tracker.track("sign_up", {}); tracker.page(); tracker.identify("u"); tracker.setConsent({ analytics: "granted" });
    tracker.flush(); tracker.reset(); tracker.on("diagnostic", () => {})(); tracker.stop();
    await tracker.ready;
    console.log(entry, import.meta.resolve(entry).split("/").at(-1), OptionError.name.length > 0, Object.keys(tracker).toSorted().join());
  }`;
  await writeFile(join(installed.path, "server.mjs"), script);
  const lines = (await run(join(installed.path, "server.mjs"), [], installed.path)).trim().split("\n");
  const [, declared] = /interface Tracker \{([^]*?)\n\}/.exec(await readFile(join(PACKAGE, "dist/tracker.d.ts"), "utf8"));
  const methods = [...declared.matchAll(/^ {4}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name).toSorted().join();
  assert.match(methods, /identify.*setConsent.*track/);
  assert.deepEqual(lines, ENTRIES.map((entry) => `${entry} server.js true ${methods}`));
});

test("edge runtimes, workers and browsers find theirs, in the order that they look", async () => {
  const { exports } = await json("package.json");
  /** Conditions as the runtimes' own bundlers set them. */
  const targets = { "server.js": [["workerd", "worker", "browser"], ["edge-light", "browser"], ["worker"], ["node"]], browser: [["browser"], []] };
  for (const entry of [".", "./lean"]) {
    const find = (conditions) => Object.entries(exports[entry]).find(([name]) => name !== "types" && (name === "default" || conditions.includes(name)))[1];
    for (const conditions of targets["server.js"]) assert.equal(find(conditions), "./dist/server.js", conditions.join());
    for (const conditions of targets.browser) assert.equal(find(conditions), entry === "." ? "./dist/index.js" : "./dist/lean.js");
  }
});

test("what a server gets is the tracker's API and not the tracker", async () => {
  const { size } = await stat(join(PACKAGE, "dist/server.js"));
  assert.ok(size < 4_000, `${size} bytes`);
  const names = (code) => parse(code, { ecmaVersion: "latest", sourceType: "module" }).body.filter(({ type }) => type === "ExportNamedDeclaration").flatMap(({ specifiers }) => specifiers.map(({ exported }) => exported.name)).toSorted();
  const [server, browser] = await Promise.all(["server.js", "index.js"].map((name) => readFile(join(PACKAGE, "dist", name), "utf8")));
  assert.deepEqual(names(server), names(browser));
});

test("integrity.json has the hash of every file that a page loads", async () => {
  const hashes = await json("dist/integrity.json");
  const files = (await readdir(join(PACKAGE, "dist"))).filter((name) => /\.(js|wasm)$/.test(name));
  assert.deepEqual(Object.keys(hashes).toSorted(), files.toSorted());
  for (const name of files) {
    const hash = createHash("sha384").update(await readFile(join(PACKAGE, "dist", name))).digest("base64");
    assert.equal(hashes[name], `sha384-${hash}`, name);
  }
});

test("the bill of materials names the crates in the wasm, with versions and licences", async () => {
  const { bomFormat, components } = await json("sbom.cdx.json");
  assert.equal(bomFormat, "CycloneDX");
  const names = components.map(({ name }) => name);
  for (const name of ["milepost", "milepost-core", "wasm-bindgen"]) assert.ok(names.includes(name), name);
  for (const { purl, licenses } of components) {
    assert.match(purl, /^pkg:cargo\/[\w-]+@\d+\.\d+\.\d+/);
    assert.match(licenses[0].expression, /MIT|Apache-2\.0/);
  }
});

test("every crate has a licence that deny.toml allows", async () => {
  const root = join(ROOT, "..", "..");
  const [, list] = /^allow = \[(.*)\]$/m.exec(await readFile(join(root, "deny.toml"), "utf8"));
  const allowed = list.split(",").map((name) => name.trim().slice(1, -1));
  assert.ok(fits("(MIT OR Apache-2.0) AND Unicode-3.0", allowed) && fits("GPL-3.0 OR MIT", allowed) && fits("Unlicense/MIT", allowed));
  assert.ok(!fits("GPL-3.0-only", allowed) && !fits("MIT AND GPL-3.0-only", allowed) && !fits("(MIT OR Zlib) AND GPL-2.0", allowed));
  const asked = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
  const { stdout } = await promisify(execFile)("cargo", asked, { cwd: root, maxBuffer: 1e8 });
  const { packages } = JSON.parse(stdout);
  assert.ok(packages.length > 50);
  assert.deepEqual(packages.filter(({ license }) => !fits(license ?? "none", allowed)).map(({ name, license }) => `${name}: ${license}`), []);
});

/** Whether an SPDX expression can be met by the licences of a list: each name becomes a truth. */
function fits(expression, allowed) {
  const words = expression.replaceAll("/", " OR ").replace(/ WITH [\w.-]+/g, "").match(/[()]|[\w.+-]+/g);
  const truths = words.map((word) => ({ OR: "||", AND: "&&", "(": "(", ")": ")" })[word] ?? String(allowed.includes(word)));
  return new Function(`return ${truths.join(" ")};`)();
}
