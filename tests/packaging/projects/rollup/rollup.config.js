import { nodeResolve } from "@rollup/plugin-node-resolve";

// Rollup by itself resolves no packages.
export default { input: "main.js", output: { dir: "dist", format: "es" }, plugins: [nodeResolve({ browser: true })] };
