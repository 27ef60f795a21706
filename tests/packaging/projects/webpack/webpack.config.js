// Nothing here is for the tracker: the pages of this project are more than one.
export default { mode: "production", entry: { main: "./main.js", lean: "./lean.js" }, performance: { hints: "error" } };
