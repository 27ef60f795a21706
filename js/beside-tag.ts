// Where the core as JavaScript is: beside the tag.

import { own } from "./consent/named.js";

export default () => new URL("fallback.js", own.src).href;
