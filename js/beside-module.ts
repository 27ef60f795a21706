// Where the core as JavaScript is: beside the package's entry. Bundlers look for these very words to find the file.

export default () => new URL("./fallback.js", import.meta.url).href;
