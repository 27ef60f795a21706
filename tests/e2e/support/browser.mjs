// One headless Chromium, quiet and with the back/forward cache on, as people have it.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { QUIET } from "./quiet.mjs";

/** Launches Chromium: `path`, or what MILEPOST_CHROMIUM names, or the first one on PATH. */
export function launchChromium(path = findChromium()) {
  const root = process.getuid?.() === 0;
  // Playwright would close the browser and then let the process live on.
  process.once("SIGTERM", () => process.exit(143));
  return chromium.launch({
    handleSIGTERM: false,
    executablePath: path,
    args: ["--headless=new", ...(root ? ["--no-sandbox"] : []), ...QUIET],
    // Playwright turns the back/forward cache off; visitors have it on.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}

/** Path of a Chromium to drive. */
export function findChromium() {
  if (process.env.MILEPOST_CHROMIUM) return process.env.MILEPOST_CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const file = join(folder, name);
      if (existsSync(file) && isExecutable(file)) return file;
    }
  }
  throw new Error("No Chromium on PATH: install one, or name it in MILEPOST_CHROMIUM.");
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
