// Every consent platform for real, its recipe as it is written: nothing of ours before the grant, everything after it,
// nothing any more once it is taken back.

import assert from "node:assert/strict";
import { PLATFORMS } from "./platforms.mjs";
import { NOTHING_KEPT, inEachEngine, kept, openSite, recipe, running, until } from "./world.mjs";

const CAMPAIGN = "/?utm_source=letter&gclid=click-1";

/** A script tag in every engine; the import, which has the same adapters, in one. */
const waysOf = ({ name }, engine) => [...(name === "other" ? [] : ["tag"]), ...(name === "other" || engine.name === "Chromium" ? ["import"] : [])];

inEachEngine((world, test) => {
  for (const platform of PLATFORMS) {
    for (const way of waysOf(platform, world.engine)) {
      test(`${platform.name} by ${way}: nothing is sent or kept before the grant, nor after it is taken back`, () => follow(world, platform, way));
    }
  }
});

async function follow({ session }, platform, way) {
  const site = await openSite({ blocks: await recipe(platform.name), way, change: platform.change, ...(await platform.load()) });
  const nothing = async (when) => {
    assert.deepEqual(await kept(session, platform.cookies), NOTHING_KEPT, when);
    assert.equal(site.requests(), sent, when);
  };
  const open = async (path) => {
    await session.open(site.url + path);
    await running(session);
    await until(`${platform.name} is there`, () => session.run(`return (${platform.there})()`));
  };
  /** Leaves for a page without the tracker, whose own request comes after any beacon. */
  const leave = async () => {
    assert.deepEqual(await session.run(() => window.faults), []);
    await session.open(`${site.url}/empty.html`);
  };
  let sent = 0;
  try {
    await session.open(`${site.url}/empty.html`);
    await session.forgetCookies();

    await open(CAMPAIGN);
    await session.run(beBusy);
    await nothing("before a choice");
    await leave();
    await nothing("after leaving before a choice");

    await open(CAMPAIGN);
    await session.run(beBusy);
    await until("what waited is here", async () => {
      await session.run(press, `${platform.consent}`);
      return named(site, "add_to_cart").length > 0;
    });
    const [bought] = named(site, "add_to_cart");
    const { at, ...record } = bought.batch.consent;
    assert.deepEqual(record, { analytics: "granted", marketing: "granted", functional: "unknown", ...platform.record });
    assert.ok(at >= bought.at, "the record has the time of the choice, the event its own");
    assert.equal(bought.batch.campaign.click_ids.gclid, "click-1");
    assert.ok((await kept(session, platform.cookies)).local.includes("milepost.shop"), "there is something to wipe");
    await leave();

    await open("/");
    const views = named(site, "page_view").length;
    await until("the choice of the page before counts", async () => {
      await session.run(`milepost("flush")`);
      return named(site, "page_view").length > views;
    });
    const [first, last] = [named(site, "page_view").at(0), named(site, "page_view").at(-1)];
    assert.equal(last.batch.visitor, first.batch.visitor);
    assert.deepEqual(site.asked("/consent.js"), way === "tag" ? 3 : 0, "once a page");

    const mine = await session.wait(takeBack, `${platform.refusal}`, platform.atOnce);
    assert.deepEqual(mine, [], "wiped within the task");
    await until("the database is gone", async () => (await kept(session, platform.cookies)).databases.length === 0);
    sent = site.requests();
    await session.run(beBusy);
    await nothing("after it was taken back");
    await leave();
    await nothing("after leaving then");

    await open("/");
    await session.run(beBusy);
    await nothing("on the next page");
    await leave();
    await nothing("after leaving that");
  } finally {
    await session.open("about:blank");
    await site.close();
  }
}

const named = (site, name) => site.events().filter((event) => event.name === name);

/** Presses the platform's button for consent if it is still there, and asks for what waits. */
function press(consent) {
  (0, eval)(`(${consent})`)()?.click();
  window.milepost("flush");
}

/** Does what would be captured. */
function beBusy() {
  document.getElementById("buy").click();
  window.milepost("track", "search", { search_term: "mug" });
  window.milepost("identify", "user-7");
  window.milepost("flush");
}

/** Takes consent back by the platform's own button. Resolves with what is left of ours in localStorage. */
async function takeBack(refusal, atOnce) {
  const press = () => (0, eval)(`(${refusal})`)()?.click();
  const ours = () => Object.keys(localStorage).filter((key) => key.startsWith("milepost"));
  press();
  window.milepost("track", "search", { search_term: "late" });
  window.milepost("flush");
  while (!atOnce && ours().length) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    press();
  }
  return ours();
}
