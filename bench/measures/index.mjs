// All measures, in the order in which they are taken and reported.

import * as burst from "./burst.mjs";
import * as bytes from "./bytes.mjs";
import * as delivery from "./delivery.mjs";
import * as input from "./input.mjs";
import * as memory from "./memory.mjs";
import * as pace from "./pace.mjs";
import * as scroll from "./scroll.mjs";
import * as startup from "./startup.mjs";

export const measures = [bytes, startup, burst, pace, scroll, input, memory, delivery];
