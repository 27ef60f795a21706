// A visitor's hands and eyes: opens, looks, scrolls, clicks, types, watches, goes back. Each act is told to the truth.

import { DEPTHS, SHARES, depthsOf, isCloseCall } from "./truth.mjs";

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };
const CONTACT = { email: "ada@example.org", name: "Ada Stone", street: "Quay 1", postcode: "12345", city: "Harbour" };

export class Visitor {
  #context;
  #page;
  #shop;
  #truth;
  #random;
  #here = null;

  /** `random` gives numbers from 0 to 1; `guard` is told of each request. */
  static async arrive({ browser, shop, truth, random, phone, guard }) {
    const visitor = new Visitor();
    visitor.#context = await browser.newContext(phone ? PHONE : DESKTOP);
    visitor.#shop = shop;
    visitor.#truth = truth;
    visitor.#random = random;
    visitor.#context.on("request", (request) => guard(request, truth.choice));
    const { observe } = await import("./observer.mjs");
    await visitor.#context.addInitScript(observe);
    visitor.#page = await visitor.#context.newPage();
    return visitor;
  }

  // Going from page to page

  /** Types an address. */
  async open(path) {
    if (this.#here) await this.#leave();
    await this.#page.goto(new URL(path, this.#shop).href);
    await this.#arrived();
  }

  /** Clicks what leads to another page. `event` is what its tag says. */
  async follow(selector, event) {
    const spot = await this.#aim(selector);
    await this.#leave();
    if (event) this.#happened(event);
    const { document } = this.#here;
    await this.#page.mouse.click(spot.x, spot.y);
    await this.#otherDocument(document);
    await this.#arrived();
  }

  /** The browser's back button; the page must come out of the back/forward cache. */
  async back() {
    await this.#leave();
    const { document } = this.#here;
    await this.#page.goBack({ waitUntil: "commit" });
    await this.#otherDocument(document);
    if (!(await this.#page.evaluate(() => window.walk.restored))) throw new Error("the back/forward cache did not restore the page");
    await this.#arrived();
  }

  async closeTab() {
    await this.#leave();
    await this.#page.close();
  }

  /** Clicks, and closes the tab in the same breath. */
  async clickAndCloseTab(selector, event) {
    const spot = await this.#aim(selector);
    await this.#leave();
    this.#happened(event);
    await this.#page.mouse.click(spot.x, spot.y);
    await this.#page.close();
  }

  /** Ends the browser profile; only once nothing is under way any more. */
  async end() {
    await this.#context.close();
  }

  // On a page

  /** Stays for a while. */
  async look(least = 500, most = 900) {
    await this.#page.waitForTimeout(least + this.#random() * (most - least));
  }

  /** Reads down until so much of the page, 0 to 1, has been on screen. */
  async read(share) {
    for (;;) {
      const { bottom, page, window } = await this.#page.evaluate(() => window.walk.position());
      const target = share >= 1 ? page : page * share;
      if (bottom + 1 >= target) break;
      await this.#scrollTo(Math.min(bottom + window * 0.7, target) - window);
      await this.#page.waitForTimeout(60);
    }
    await this.#calm();
  }

  async click(selector, event) {
    const spot = await this.#aim(selector);
    if (event) this.#happened(event);
    await this.#page.mouse.click(spot.x, spot.y);
  }

  async select(selector, value) {
    await this.#page.selectOption(selector, value);
  }

  /** Answers the banner: "accept", "refuse", "some" (measurement only), "none" (the choice of nothing). */
  async answerBanner(answer) {
    await this.#recordSeen();
    if (answer === "some" || answer === "none") {
      await this.#page.click("[data-privacy=choose]");
      await this.#page.setChecked("[data-purpose=analytics]", answer === "some");
      await this.#page.setChecked("[data-purpose=marketing]", false);
      await this.#page.click("[data-privacy=save]");
    } else {
      await this.#page.click(`[data-privacy=${answer}]`);
    }
    this.#truth.chose(this.#here.document, answer === "accept" || answer === "some" ? "granted" : "denied");
    await this.#calm();
  }

  async reopenBanner() {
    await this.click("[data-privacy-open]");
  }

  /** Types into fields of a form, by `id`; the first touch begins the form. */
  async fill(form, fields) {
    if (!this.#here.begun.has(form)) {
      this.#here.begun.add(form);
      this.#happened("form_start");
    }
    for (const [id, text] of Object.entries(fields)) await this.#page.fill(`#${id}`, text);
  }

  /** Submits a form that stays on the page. */
  async submit(form, event) {
    this.#happened("form_submit");
    await this.click(`#${form} button`, event);
  }

  // Steps of the shop

  async addToCart(quantity = 1) {
    if (quantity > 1) await this.select("#quantity", String(quantity));
    await this.click("#add", "add_to_cart");
  }

  async giveAddress(tier) {
    await this.fill("delivery", CONTACT);
    await this.select("#country", "Ireland");
    if (tier !== "standard") await this.click(`label:has([value=${tier}])`);
  }

  async toPayment() {
    this.#happened("form_submit");
    await this.follow("#delivery button", "add_shipping_info");
  }

  async choosePayment(kind) {
    this.#here.begun.add("payment");
    this.#happened("form_start");
    await this.click(`label:has([value=${kind}])`);
    // The card's fields are inside data-mp-ignore.
    if (kind === "card") for (const id of ["card-number", "card-until", "card-code"]) await this.#page.fill(`#${id}`, "0000");
  }

  async toReview() {
    this.#happened("form_submit");
    await this.follow("#payment button", "add_payment_info");
  }

  // The film

  /** Plays from where it is until so much of the whole, 0 to 1, has come by; 1 is to the end. */
  async watch(share) {
    if (!this.#here.film) {
      this.#here.film = true;
      this.#happened("video_start");
    }
    await this.#aim("video");
    await this.#page.evaluate(async (until) => {
      const video = document.querySelector("video");
      await video.play();
      await new Promise((resolve) => {
        const look = () => {
          const left = until < 1 ? until - video.currentTime / video.duration : 1;
          if (video.ended || left <= 0) return resolve();
          // A busy machine's frames come late: slow enough at the end, that doesn't carry past the next milestone.
          video.playbackRate = left < 0.1 ? 1 : 4;
          requestAnimationFrame(look);
        };
        look();
      });
      video.pause();
    }, share);
  }

  async seek(share) {
    await this.#page.evaluate(async (to) => {
      const video = document.querySelector("video");
      video.currentTime = to * video.duration;
      await new Promise((resolve) => video.addEventListener("seeked", resolve, { once: true }));
    }, share);
  }

  // Keeping the truth

  #happened(name, detail) {
    this.#truth.happened(this.#here.document, { name, path: this.#here.path, ...detail });
  }

  async #arrived() {
    const { document, restored } = await this.#page.evaluate(async () => {
      await document.fonts.ready;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      window.walk.begin();
      return { document: window.walk.document, restored: window.walk.restored };
    });
    this.#truth.arrived(document);
    const { pathname } = new URL(this.#page.url());
    this.#here = { document, path: pathname, begun: new Set(), depths: new Set(), related: false, film: false, shares: new Set(), complete: false };
    this.#happened("page_view");
    if (pathname === "/" || pathname === "/index.html") this.#happened("view_item_list");
    if (pathname.startsWith("/products/")) this.#happened("view_item");
    if (pathname === "/cart.html" && (await this.#page.locator(".cart-filled").count())) this.#happened("view_cart");
    if (pathname === "/thank-you.html" && !restored) this.#happened("purchase");
    await this.#calm();
  }

  // Playwright's own waiting never ends for a page out of the back/forward cache, which does not load again.
  async #otherDocument(before) {
    const isThere = (old) => window.walk && window.walk.document !== old && document.readyState === "complete";
    await this.#page.waitForFunction(isThere, before);
  }

  async #leave() {
    await this.#calm();
    await this.#recordSeen();
  }

  /** Takes what the page's geometry and the film say by now into the truth. */
  async #recordSeen() {
    const { deepest, seen, film } = await this.#page.evaluate(() => {
      const video = document.querySelector("video");
      let played = 0;
      for (let i = 0; i < (video?.played.length ?? 0); i += 1) played += video.played.end(i) - video.played.start(i);
      const film = video && { share: (100 * played) / video.duration, ended: video.ended };
      return { deepest: window.walk.deepest, seen: window.walk.seen, film };
    });
    this.#news(this.#here.depths, depthsOf(deepest), "scroll");
    if (seen && !this.#here.related) {
      this.#here.related = true;
      this.#happened("view_item_list");
    }
    if (!film || !this.#here.film) return;
    if (SHARES.some((share) => Math.abs(film.share - share) < 1.5)) throw new Error(`${film.share} % of the film is too close a call`);
    this.#news(this.#here.shares, SHARES.filter((share) => film.share >= share), "video_progress");
    if (film.ended && film.share >= 98 && !this.#here.complete) {
      this.#here.complete = true;
      this.#happened("video_complete");
    }
  }

  #news(known, now, name) {
    for (const each of now) {
      if (known.has(each)) continue;
      known.add(each);
      this.#happened(name, { percent: each });
    }
  }

  /** Moves on a little where rounding or a split second would decide what was seen. */
  async #calm() {
    await this.#frames();
    for (let tries = 0; tries < 10; tries += 1) {
      const { deepest, related, seenFor, seen } = await this.#page.evaluate(() => {
        const section = document.querySelector("[data-mp-on=view]");
        const { deepest, seenFor, seen } = window.walk;
        return { deepest, related: section ? window.walk.share(section) : 0, seenFor, seen };
      });
      const betweenTimes = seenFor > 0 && (!seen || seenFor < 1_600);
      if (betweenTimes) await this.#page.waitForTimeout(1_700 - Math.min(seenFor, 1_600));
      else if (isCloseCall(deepest) || Math.abs(related - 0.5) < 0.06) await this.#scrollBy(24);
      else return;
    }
    throw new Error("no position found that is not a close call");
  }

  /** Brings an element to where nothing covers it; returns the point to click. */
  async #aim(selector) {
    await this.#page.waitForSelector(selector, { state: "visible" });
    const find = (wanted) => {
      const element = document.querySelector(wanted);
      // The first line of it: the middle of a link that wraps may lie outside of it.
      const { x, y, width, height } = element.getClientRects()[0];
      const spot = { x: x + width / 2, y: y + height / 2 };
      const there = document.elementFromPoint(spot.x, spot.y);
      return { ...spot, free: element.contains(there), top: scrollY + spot.y };
    };
    for (let tries = 0; tries < 5; tries += 1) {
      const spot = await this.#page.evaluate(find, selector);
      if (spot.free) {
        await this.#calm();
        const { x, y, free } = await this.#page.evaluate(find, selector);
        if (free) return { x, y };
      }
      const { height } = this.#page.viewportSize();
      await this.#scrollTo(spot.top - height * (0.4 - tries * 0.06));
    }
    throw new Error(`${selector} is covered`);
  }

  async #scrollTo(top) {
    await this.#page.evaluate((y) => scrollTo({ top: y, behavior: "instant" }), top);
    await this.#frames();
  }

  async #scrollBy(distance) {
    await this.#page.evaluate((y) => scrollBy({ top: y, behavior: "instant" }), distance);
    await this.#frames();
  }

  #frames() {
    return this.#page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))));
  }
}
