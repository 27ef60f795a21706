// Forms tell that they were begun and sent, and never what was typed.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

const SECRETS = { mail: "zq-mail@secret.example", pass: "zq-Passw0rd", note: "zq note of mine", card: "4242424242424242", kept: "zq-hidden-token", free: "zq free text", pick: "zq-choice", file: "zq-file.txt" };
const FIELDS = `
  <label>Mail <input name="mail" type="email" required></label>
  <input name="pass" type="password"> <textarea name="note"></textarea> <input name="card" autocomplete="cc-number">
  <input type="hidden" name="kept" value="${SECRETS.kept}"> <select name="pick"><option>-<option>${SECRETS.pick}</select>
  <input name="file" type="file"> <div id="free" contenteditable></div>`;
const BODY = `
  <form id="contact" name="contact-us" action="/thanks" onsubmit="event.preventDefault()">${FIELDS}<button>Send</button></form>
  <form id="search" action="/found.html"><input name="q"><button>Find</button></form>`;

useWorld();

async function fillIn({ page }) {
  await page.locator("[name=mail]").pressSequentially(SECRETS.mail);
  for (const name of ["pass", "note", "card"]) await page.fill(`[name=${name}]`, SECRETS[name]);
  await page.selectOption("[name=pick]", SECRETS.pick);
  await page.setInputFiles("[name=file]", { name: SECRETS.file, mimeType: "text/plain", buffer: Buffer.from(SECRETS.free) });
  await page.locator("#free").pressSequentially(SECRETS.free);
}

for (const way of WAYS) {
  test(`${way}: a form is begun once a page view, and sent`, async (t) => {
    const it = await visit(t, { way, body: BODY, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    await it.page.focus("#contact button");
    await fillIn(it);
    await it.page.click("#contact button");
    await it.relay.until("the form came", () => it.relay.names().includes("form_submit"));
    await it.leave();
    const events = it.relay.events().filter((event) => event.name.startsWith("form_"));
    assert.deepEqual(events.map(({ name }) => name), ["form_start", "form_submit"]);
    for (const { params } of events) {
      assert.deepEqual(params, { form_id: "contact", form_name: "contact-us", form_destination: `${it.server.url}/thanks` });
    }
  });

  test(`${way}: a form that the browser refuses tells which field, not what was in it`, async (t) => {
    const it = await visit(t, { way, body: BODY, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    await it.page.fill("[name=mail]", "zq-no-address");
    await it.page.click("#contact button");
    await it.relay.until("the refusal came", () => it.relay.names().includes("form_error"));
    await it.leave();
    assert.deepEqual(it.relay.names().filter((name) => name.startsWith("form_")), ["form_start", "form_error"]);
    assert.equal(it.relay.events().find(({ name }) => name === "form_error").params.form_fields, "mail");
  });
}

test("no typed, chosen, hidden or uploaded text is in any byte that left the page or was kept", async (t) => {
  const it = await visit(t, { body: BODY, granted: true });
  it.server.pages["/found.html"] = it.html("<h1>Found</h1>");
  await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
  await fillIn(it);
  await it.page.click("#contact button");
  const stored = await it.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  // A form that goes by GET puts what was typed into the next page's address.
  await it.page.fill("[name=q]", SECRETS.note);
  await it.page.click("#search button");
  await it.page.waitForURL("**/found.html?**");
  await it.relay.until("the next page came", () => it.relay.events().some(({ url }) => url?.endsWith("/found.html")));
  await it.leave();
  assert.ok(it.relay.names().includes("form_submit"), "there was something to find it in");

  const wire = it.relay.requests.map(({ head, text }) => `${head}\n${text}`).join("\n");
  const raw = Buffer.concat(it.relay.requests.map(({ body }) => body));
  const database = await it.collector.bytes();
  assert.ok(database.includes(it.site), "the database was read");
  for (const [field, secret] of Object.entries(SECRETS)) {
    for (const form of [secret, encodeURIComponent(secret), secret.replaceAll(" ", "+")]) {
      assert.ok(!wire.includes(form) && !raw.includes(form), `${field} is on the wire`);
      assert.ok(!stored.includes(form), `${field} is in the browser's storage`);
      assert.ok(!database.includes(form), `${field} is in the database`);
    }
  }
});
