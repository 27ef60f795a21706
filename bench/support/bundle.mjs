// Makes what a site's own build would make of an adapter's script: minified, for production, with lazy parts in files of their own.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BENCH = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Files by name, the page's entry being `app.js`. */
export async function bundle(script, milepostPackage) {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: BENCH, sourcefile: "app.js" },
    entryNames: "app",
    bundle: true,
    minify: true,
    write: false,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    outdir: "/out",
    nodePaths: milepostPackage ? [dirname(milepostPackage)] : [],
    logLevel: "error",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.split("/").at(-1).replace(/^stdin\.js$/, "app.js"), Buffer.from(contents)]));
}
