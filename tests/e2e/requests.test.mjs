// What the tracker's requests are made of: nothing that browsers ask permission for first, and no cookies.

import assert from "node:assert/strict";
import { assertConserved } from "./support/ledger.mjs";
import { snippet, test, useWorld, visit } from "./support/visit.mjs";

const GZIP = [0x1f, 0x8b];

useWorld();

/** The collector's host is the page's own in the one case, another site's in the other. */
const HOSTS = { "the page's own host": (url) => url, "another site": (url) => url.replace("127.0.0.1", "localhost") };

for (const [name, host] of Object.entries(HOSTS)) {
  test(`sending to ${name} asks no permission first and carries no cookie but what beacons must`, async (t) => {
    const it = await visit(t, { tracker: false });
    it.server.pages["/shop.html"] = it.html("").replace("</head>", `${tagOf(it, host)}</head>`);
    await it.profile.addCookies([it.server.url, host(it.relay.url)].map((url) => ({ name: "own", value: "1", url })));
    await it.open("/shop.html");
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));

    let refused = 0;
    it.relay.instead = () => ((refused += 1) === 1 ? { status: 503, headers: { "Retry-After": "0" } } : null);
    await it.page.evaluate(() => {
      for (let n = 0; n < 60; n += 1) window.call("track", "mark", { n });
    });
    await it.relay.until("the burst came", () => it.relay.names().filter((each) => each === "mark").length === 60);
    assert.deepEqual(await assertConserved(it), {});
    // A tab in front of it, then the page again, then the end of it.
    await it.page.evaluate(() => {
      window.call("track", "mark", { n: 60 });
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await it.relay.until("the beacon came", () => it.relay.batches().some(isBeacon));
    await it.leave();

    const sent = it.relay.requests;
    assert.deepEqual([...new Set(sent.map(({ method }) => method))].sort(), ["GET", "POST"], "no OPTIONS");
    assert.ok(refused > 1 && it.relay.batches().some(({ body }) => GZIP.every((byte, at) => body[at] === byte)), "retries and packed bodies among them");
    assert.ok(await it.page.evaluate(() => document.cookie.includes("own=1")), "there is a cookie that could be sent");
    const cookies = it.relay.batches().filter(({ head }) => /\ncookie\n/i.test(head));
    // Browsers add the site's own cookies to a beacon, whatever the page says.
    assert.deepEqual(cookies.filter((entry) => !isBeacon(entry) || name === "another site"), []);
  });
}

/** Beacons with plain text, and only they, are sent without asking to read the answer. */
function isBeacon({ head }) {
  return /\nsec-fetch-mode\nno-cors/i.test(head);
}

function tagOf(it, host) {
  return snippet("tag", { ...it.options, collector: host(it.relay.url) }, true);
}
