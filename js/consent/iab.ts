// Finds an API of the IAB's, in this window or in a frame around it, and listens to its events.
// Not here: what the events mean; see tcf.ts and gpp.ts.

import { attempt, hear, lookFor } from "./signal.js";

type Ask = (command: string, answer: (data: any, success?: unknown) => void, parameter?: unknown) => void;

/** Hears the events of `__tcfapi` or `__gpp`. A stub keeps the call until the platform is there. */
export function hearEvents(api: "__tcfapi" | "__gpp", listener: (event: any) => void, ends: (() => void)[]) {
  lookFor(() => {
    const ask = inThisWindow(api) ?? aroundThisWindow(api, ends);
    if (!ask) return false;
    let id: unknown;
    ask("addEventListener", (event) => attempt(() => ((id = event.listenerId), listener(event))));
    ends.push(() => ask("removeEventListener", () => {}, id));
    return true;
  }, ends);
}

function inThisWindow(api: string): Ask | undefined {
  // Called by its name each time: a platform puts its function where the stub's was.
  const host = window as any;
  if (typeof host[api] !== "function") return undefined;
  return (command, answer, parameter) => (api === "__gpp" ? host[api](command, answer, parameter, "1.1") : host[api](command, 2, answer, parameter));
}

/** By messages to the nearest window that holds a frame of the locator's name. */
function aroundThisWindow(api: string, ends: (() => void)[]): Ask | undefined {
  for (let frame: Window = window; frame !== window.top; ) {
    frame = frame.parent;
    if (attempt(() => (frame.frames as any)[`${api}Locator`])) {
      return (command, answer, parameter) => {
        const callId = `milepost ${Math.random()}`;
        const heard = ({ source, data }: MessageEvent) => {
          const { returnValue, callId: id } = (typeof data === "string" ? JSON.parse(data) : data)[`${api}Return`];
          if (source === frame && id === callId) answer(returnValue);
        };
        hear("message", heard, ends);
        frame.postMessage({ [`${api}Call`]: { command, parameter, version: api === "__gpp" ? "1.1" : 2, callId } }, "*");
      };
    }
  }
  return undefined;
}
