import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// Nothing here is for the tracker: the packages are in a folder above this one.
export default { turbopack: { root: dirname(dirname(dirname(fileURLToPath(import.meta.url)))) } };
