// What a page has before a platform of the GPP: calls and listeners wait, a frame tells where. After the IAB's specification.
{
  const queue = [];
  const events = [];
  const pingData = { gppVersion: "1.1", cmpStatus: "stub", cmpDisplayStatus: "hidden", signalStatus: "not ready", supportedAPIs: [], cmpId: 0, sectionList: [], applicableSections: [], gppString: "", parsedSections: {} };
  window.__gpp = (command, answer, parameter, ...rest) => {
    if (!command || command === "queue") return queue;
    if (command === "events") return events;
    if (command === "ping") answer(pingData, true);
    else if (command === "addEventListener") {
      const id = events.length + 1;
      events.push({ id, callback: answer, parameter });
      answer({ eventName: "listenerRegistered", listenerId: id, data: true, pingData }, true);
    } else if (command === "removeEventListener") {
      const at = events.findIndex(({ id }) => id === parameter);
      if (at >= 0) events.splice(at, 1);
      answer({ eventName: "listenerRemoved", listenerId: parameter, data: at >= 0, pingData }, true);
    } else queue.push([command, answer, parameter, ...rest]);
    return undefined;
  };
  addEventListener("message", ({ data, source }) => {
    const call = data?.__gppCall;
    if (call) window.__gpp(call.command, (returnValue, success) => source.postMessage({ __gppReturn: { returnValue, success, callId: call.callId } }, "*"), call.parameter, call.version);
  });
  const frame = Object.assign(document.createElement("iframe"), { name: "__gppLocator" });
  frame.style.display = "none";
  const add = () => document.body.append(frame);
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add);
}
