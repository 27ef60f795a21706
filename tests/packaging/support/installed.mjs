// The package as npm installs it from its tarball, with copies of the projects beside it, in a folder that is gone after.
// The folder is inside this one, so that the projects find the bundlers in node_modules here, as in any workspace.

import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** No tool may report to its makers. */
const QUIET = { NEXT_TELEMETRY_DISABLED: "1", ASTRO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", CI: "1", NO_COLOR: "1" };

const PACKAGE = process.env.MILEPOST_PACKAGE;
if (!PACKAGE) throw new Error("MILEPOST_PACKAGE is not set; `cargo xtask test` builds what these tests need and sets it.");

/** The folder that `cargo xtask pack` unpacked. */
export { PACKAGE };

/** The tarball that npm would publish. */
export async function tarball() {
  const folder = dirname(PACKAGE);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  if (names.length !== 1) throw new Error(`one tarball belongs in ${folder}, not ${names.join(" ") || "none"}`);
  return join(folder, names[0]);
}

/**
 * Installs the package beside copies of `folder`'s projects or, with `project`, beside a copy of `folder` by that name.
 * `root` is where their tools are.
 */
export async function install(root, folder = join(root, "projects"), project = "") {
  const path = await mkdtemp(join(root, "installed-"));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 });
  try {
    await cp(folder, join(path, project), { recursive: true, filter: (from) => !from.includes("node_modules") && !from.includes("installed-") });
    await writeFile(join(path, "package.json"), JSON.stringify({ name: "installed", private: true, type: "module" }));
    await promisify(execFile)("npm", ["install", "--offline", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--omit=peer", await tarball()], { cwd: path });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

/** Runs a script of Node's to its end; returns what it printed. Fails with that if the script does, or if it warns. */
export async function run(program, args, cwd, env = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...QUIET, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => said.push(bytes));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  const text = Buffer.concat(said).toString("utf8");
  if (code !== 0 || /\bwarn(ing)?\b/i.test(text)) throw new Error(`${program} ended with ${code}:\n${text}`);
  return text;
}

/** Starts a server that Node runs; resolves once it printed its address. */
export async function serve(program, args, cwd, env = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...QUIET, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = () => child.kill();
  process.once("exit", end);
  const said = [];
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${program} names no address:\n${said.join("\n")}`)), 60_000);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const [found] = /http:\/\/(localhost|127\.0\.0\.1):[1-9]\d*/.exec(line) ?? [];
        if (found) resolve((clearTimeout(late), found));
      });
    }
    ended.then((code) => reject(new Error(`${program} ended with ${code}:\n${said.join("\n")}`)));
  }).catch((error) => {
    end();
    throw error;
  });
  return {
    url,
    said,
    async close() {
      process.off("exit", end);
      end();
      await ended;
    },
  };
}
