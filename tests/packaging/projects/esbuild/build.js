import { build } from "esbuild";

const { warnings } = await build({ entryPoints: ["main.js"], bundle: true, format: "esm", outdir: "dist" });
process.exitCode = warnings.length;
