// A small W3C WebDriver client for three engines: sessions, windows, navigation, scripts, clicks.
// Not here: the programs (engines.mjs); launches without automation (engines.mjs, `plain`).

import { createServer } from "node:net";
import { start, tree, until } from "./processes.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Starts an engine's driver and a session in it, with a profile of its own or the one in the folder `profile`. */
export async function openSession(engine, { profile } = {}) {
  const driver = await startDriver(engine);
  try {
    const { sessionId, capabilities } = await call(driver.url, "POST", "/session", { capabilities: { alwaysMatch: engine.capabilities(profile) } });
    return session(engine, driver, sessionId, capabilities);
  } catch (error) {
    await driver.process.kill();
    throw error;
  }
}

function session(engine, driver, id, capabilities) {
  const ask = (method, path, body) => call(driver.url, method, `/session/${id}${path}`, body);
  const it = {
    engine,
    capabilities,
    /** The driver and all processes of the browser. */
    pids: () => tree(driver.process.pid),
    /** The processes that pages run in. */
    content: () => engine.contentOf(driver.process.pid),
    /** The browser's own process: what a person's "quit" or a kill by pid would meet. */
    browser: () => capabilities["moz:processID"] ?? capabilities["goog:processID"] ?? browserOf(driver.process.pid),
    open: (url) => ask("POST", "/url", { url }),
    back: () => ask("POST", "/back", {}),
    refresh: () => ask("POST", "/refresh", {}),
    address: () => ask("GET", "/url"),
    /** Runs `script`, a function or a body, with arguments; returns what it returns. */
    run: (script, ...args) => ask("POST", "/execute/sync", { script: bodyOf(script), args }),
    /** Runs an async function, and waits for what it resolves with. */
    async wait(script, ...args) {
      const source = `const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);
        Promise.resolve((${script})(...given)).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await ask("POST", "/execute/async", { script: source, args });
      if (error) throw new Error(error);
      return value;
    },
    /** Clicks the first element that fits, as a person does. */
    async click(selector) {
      const found = await ask("POST", "/element", { using: "css selector", value: selector });
      await ask("POST", `/element/${found[ELEMENT]}/click`, {});
    },
    /** Cookies that the page's requests carry, `HttpOnly` ones too. */
    cookies: () => ask("GET", "/cookie"),
    forgetCookies: () => ask("DELETE", "/cookie"),
    /** Goes into the first frame that fits, or back to the page. */
    async frame(selector) {
      const id = selector ? await ask("POST", "/element", { using: "css selector", value: selector }) : null;
      await ask("POST", "/frame", { id });
    },
    windows: () => ask("GET", "/window/handles"),
    window: () => ask("GET", "/window"),
    /** Makes a new tab and goes into it. */
    async newWindow() {
      const { handle } = await ask("POST", "/window/new", { type: "tab" });
      await it.go(handle);
      return handle;
    },
    go: (handle) => ask("POST", "/window", { handle }),
    close: () => ask("DELETE", "/window"),
    timeouts: (limits) => ask("POST", "/timeouts", limits),
    /** Ends the session the driver's way, which quits the browser. */
    async quit() {
      await ask("DELETE", "").catch(() => {});
      await driver.process.kill();
    },

    /** Ends every process at once. */
    kill: () => driver.process.kill("SIGKILL"),
  };
  return it;
}

async function startDriver(engine) {
  const { program, args, ready, env } = engine.driver;
  const variables = typeof env === "function" ? await env() : env;
  if (ready) {
    const driver = await start(program, args, { env: variables, ready });
    return { process: driver, url: `http://127.0.0.1:${driver.said[1]}` };
  }
  const port = await freePort();
  const driver = await start(program, args(port), { env: variables });
  const url = `http://127.0.0.1:${port}`;
  await until(`${program} answers`, () => call(url, "GET", "/status").then(() => true, () => false));
  return { process: driver, url };
}

async function call(url, method, path, body) {
  const answer = await fetch(url + path, { method, ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }) });
  const { value } = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${value?.error}: ${value?.message}`), { code: value?.error });
  return value;
}

function bodyOf(script) {
  return typeof script === "function" ? `return (${script})(...arguments);` : script;
}

/** The driver's first child is the browser. */
function browserOf(driver) {
  return tree(driver)[1];
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
