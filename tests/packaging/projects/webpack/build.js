// webpack without its command line, which is a package of its own.
import webpack from "webpack";
import config from "./webpack.config.js";

webpack(config, (error, stats) => {
  if (error || stats.hasErrors() || stats.hasWarnings()) {
    console.error(String(error ?? stats.toString({ all: false, errors: true, warnings: true })));
    process.exitCode = 1;
  }
});
