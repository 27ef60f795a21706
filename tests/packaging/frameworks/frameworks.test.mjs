// Frameworks that render on a server or at build time, opened in Chromium; and the tag in the oldest Chromium to be had.
// Apart from the others, since its packages take half a gigabyte.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { endAll, start, until } from "../../e2e/support/processes.mjs";
import { serveSite } from "../../e2e/support/site.mjs";
import { install, run, serve } from "../support/installed.mjs";
import { assertTracks, eventsOf, openWorld } from "../support/opened.mjs";

const ROOT = dirname(fileURLToPath(import.meta.url));

let installed;
let world;

before(async () => {
  [installed, world] = await Promise.all([install(ROOT), openWorld()]);
});
after(async () => {
  await world?.close();
  await installed?.remove();
  await endAll();
});

const tool = (name) => join(ROOT, "node_modules", name);
const inside = (project) => join(installed.path, project);
const signUp = (method) => ({ page_view: {}, sign_up: { method } });
/** Until a framework has taken over what the server rendered, a click does nothing: agree until the tracker heard it. */
const act = (site) => async (page) => {
  const agreed = async () => (await page.click("#agree"), eventsOf(world.relay, site).length > 0);
  await until("the tracker heard the visitor agree", agreed);
  await page.click("#sign-up");
};

test("Next.js renders it on a server, and in a client component", async (t) => {
  const site = world.freshSite();
  const env = { SITE: site, COLLECTOR: world.relay.url };
  await run(tool("next/dist/bin/next"), ["build"], inside("next"), env);
  const next = await serve(tool("next/dist/bin/next"), ["start", "--port", "0", "--hostname", "127.0.0.1"], inside("next"), env);
  t.after(() => next.close());
  assert.match(await (await fetch(next.url)).text(), /Rendered on a server.*Sign up/s);
  await assertTracks(world, next.url, signUp("Next.js"), { act: act(site), site });
});

test("SvelteKit renders it on a server", async (t) => {
  const site = world.freshSite();
  const env = { SITE: site, COLLECTOR: world.relay.url };
  await run(tool("vite/bin/vite.js"), ["build"], inside("sveltekit"), env);
  const kit = await serve(tool("vite/bin/vite.js"), ["preview", "--host", "127.0.0.1", "--port", "0"], inside("sveltekit"), env);
  t.after(() => kit.close());
  assert.match(await (await fetch(kit.url)).text(), /Rendered on a server.*Sign up/s);
  await assertTracks(world, kit.url, signUp("SvelteKit"), { act: act(site), site });
});

test("Astro builds it into a page", async (t) => {
  const site = world.freshSite();
  await run(tool("astro/astro.js"), ["build"], inside("astro"));
  const built = await serveSite({ folders: { "/": installed.path } });
  t.after(() => built.close());
  await assertTracks(world, `${built.url}/astro/dist/`, signUp("Astro"), { act: act(site), site });
});

test("Chromium 80 runs the tag", { skip: process.platform !== "linux" || process.arch !== "x64" ? "its binary is for Linux" : false }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "milepost-old-"));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const program = join(folder, "chromium");
  await writeFile(program, brotliDecompressSync(await readFile(tool("chrome-aws-lambda/bin/chromium.br"))), { mode: 0o755 });
  const site = world.freshSite();
  const options = JSON.stringify({ site, collector: world.relay.url, batch: { maxWaitMs: 20 } });
  const told = [];
  const page = `<!doctype html><title>Old</title><link rel="icon" href="data:,"><script>onerror=(message)=>fetch("/told?"+encodeURIComponent(message));
    window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
    milepost("init",${options});milepost("setConsent",{analytics:"granted"});milepost("track","sign_up",{method:navigator.userAgent});</script>
    <script async src="${world.relay.url}/milepost.js"></script>`;
  const server = await serveSite({ pages: { "/": page, "/told": (request, response) => (told.push(request.url), response.end()) } });
  t.after(() => server.close());
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-software-rasterizer", "--single-process", "--no-zygote", "--remote-debugging-port=0"];
  const old = await start(program, [...args, `--user-data-dir=${join(folder, "profile")}`, server.url]);
  t.after(() => old.kill());
  await world.relay.until("the event came", () => eventsOf(world.relay, site).some(({ name }) => name === "sign_up"));
  const { params } = eventsOf(world.relay, site).find(({ name }) => name === "sign_up");
  assert.match(params.method, /Chrome\/80\./);
  assert.deepEqual(told, []);
});
