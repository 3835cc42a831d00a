/** Remote administration as people see it: the technician's dashboard and the customer's page, in a real browser. */
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, logIn, look, openLocal, openPage } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { Visited } from "../harness/session.ts";
import { settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/* A browser or two beside hub, connector and cupsd: a loaded machine takes long, and nothing here is about speed. */
const slow = 180_000;
const reason = "toner report fails, ticket 4711";

/** The customer at the machine. */
async function atTheSite(v: Visited, language = "en"): Promise<Page> {
  const url = await settingsUrl(v.connector);
  const page = await openLocal(url.origin, { language });
  await page.goto(url.href);
  await page.locator("h1").waitFor();
  return page;
}

/** From the list: one click to the reason, one to ask. */
async function ask(page: Page): Promise<string> {
  await page.getByRole("link", { name: /^Open console of / }).click();
  await page.locator("input[name=reason]").fill(reason);
  await page.getByRole("button", { name: "Ask to open" }).click();
  await page.waitForURL(/session=sess_/);
  return new URL(page.url()).searchParams.get("session")!;
}

/** Whether all of it is in the window. */
function inSight(what: Locator): Promise<boolean> {
  return what.evaluate((e: HTMLElement) => {
    const { top, bottom } = e.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

test("R19 R25 a console is asked for from its row, waited for, approved at the site, and ended there; each side says who and why", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  const site = await atTheSite(v);
  await hasText(site, /Nobody is connected now/);
  // Whose pointer is there already when the question comes has said nothing to it.
  await site.evaluate(() => {
    new MutationObserver((_, observer) => {
      const yes = Array.from(document.querySelectorAll("button")).find((b) => b.textContent === "Yes, this one visit");
      if (!yes) return;
      observer.disconnect();
      yes.click();
    }).observe(document.body, { childList: true, subtree: true });
  });

  const id = await ask(page);
  await hasText(page, /Waiting for somebody at /);
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "session-waiting");
  await site.getByRole("heading", { name: /asks to open: / }).waitFor();
  await hasText(site, new RegExp(`Reason given: ${reason}`));
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "visit-waits");
  await site.getByRole("button", { name: "Yes, this one visit" }).click();
  await v.is(id, "open");

  await page.getByRole("link", { name: "Open in a new tab" }).waitFor();
  const enter = page.getByRole("link", { name: "Open in a new tab" });
  expect(await enter.getAttribute("rel")).toBe("noopener");
  expect(await enter.getAttribute("href")).toBe(`/sessions/${id}/enter`);
  expect(await complaints(page, "page")).toEqual([]);
  await site.getByRole("button", { name: /^End now/ }).waitFor();
  // Whoever has said yes sees the visit and its end, by eye and keyboard.
  await until("the visit is in sight", () => inSight(site.getByRole("button", { name: /^End now/ })));
  expect(await site.evaluate("document.activeElement.id")).toBe("visits");
  await look(site, "visit-open");
  await site.getByRole("button", { name: /^End now/ }).click();
  await hasText(page, /Ended: by the customer/);
  await hasText(site, /Nobody is connected now/);
  await site.getByRole("link", { name: "Past visits" }).click();
  await hasText(site, /Ended: by the customer/);
  await look(page, "session-cut");
}, slow);

test("R19 more time for an open session is the customer's yes, too, and it stays the same session", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  const site = await atTheSite(v);
  const id = await ask(page);
  await site.getByRole("button", { name: "Yes, this one visit" }).click();
  await v.is(id, "open");
  const first = Date.parse((await v.get(id)).ends_at!);
  // What differs by less than two seconds is the same end.
  await until("some seconds have passed", () => Date.now() > first - 8 * 3600_000 + 4000);

  await page.getByRole("button", { name: "Ask for more time" }).click();
  await hasText(page, /More time is asked for/);
  expect(await page.getByRole("button", { name: "Ask for more time" }).isDisabled()).toBe(true);
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "session-more");
  await site.getByRole("heading", { name: /asks for more time: / }).waitFor();
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "visit-more");
  await site.getByRole("button", { name: "Yes, more time" }).click();
  await site.getByRole("heading", { name: /asks for more time: / }).waitFor({ state: "detached" });
  await until("it ends later", async () => Date.parse((await v.get(id)).ends_at!) > first + 2000);
  await until("nobody asks any more", async () => !/More time is asked for/.test(await page.locator("body").innerText()));

  // A no leaves the end where it is.
  const second = (await v.get(id)).ends_at;
  await page.getByRole("button", { name: "Ask for more time" }).click();
  await site.getByRole("heading", { name: /asks for more time: / }).waitFor();
  await site.getByRole("button", { name: "No", exact: true }).click();
  await site.getByRole("heading", { name: /asks for more time: / }).waitFor({ state: "detached" });
  await hasText(page, /The customer said no to more time/);
  expect(await v.get(id)).toMatchObject({ state: "open", ends_at: second, more_until: null, more_refused: { why: "customer" } });
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "session-no-more");
  // The list says so, too, and it may be asked again: what was refused is the question, not the session.
  await page.getByRole("link", { name: "Sessions" }).first().click();
  await hasText(page, /no more time/);
  await page.getByTitle(/^No more time: by the customer, /).waitFor();
  await look(page, "sessions-no-more");
  await page.goBack();
  await page.getByRole("button", { name: "Ask for more time" }).click();
  await hasText(page, /More time is asked for/);
  await until("the no is not of this question", async () => !/said no to more time/.test(await page.locator("body").innerText()));

  const all = await v.provider.api.raw<{ items: { id: string }[] }>("GET", "/api/v1/sessions");
  expect(all.body.items.map((s) => s.id)).toEqual([id]);
  const { items } = await v.provider.api.siteChanges(v.site.id);
  expect(items.filter((c) => c.verb === "session_more_asked")).toHaveLength(3);
  expect(items.some((c) => c.verb === "session_end_moved")).toBe(true);
  expect(items.filter((c) => c.verb === "session_more_refused")).toHaveLength(1);
}, slow);

test("whoever asks, waits and ends by keyboard alone never loses the place", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  await page.goto(`${v.hub.url}/sites/${v.site.id}`);
  const opener = page.getByRole("link", { name: "Open console" });
  const press = async (what: Locator) => {
    await what.focus();
    await page.keyboard.press("Enter");
  };
  const isAt = (what: Locator) => until("the focus is there", () => what.evaluate((e) => e === document.activeElement));
  const title = page.locator("section h2[tabindex]");

  await press(opener);
  await isAt(page.locator("input[name=reason]"));
  await page.keyboard.press("Escape");
  await page.locator("input[name=reason]").waitFor({ state: "detached" });
  await isAt(opener);
  await press(opener);
  await page.locator("input[name=reason]").fill(reason);
  await page.keyboard.press("Enter");
  await page.waitForURL(/session=sess_/);
  await isAt(title);
  const id = new URL(page.url()).searchParams.get("session")!;
  await v.is(id, "waiting_for_approval");
  await v.say("approve", id);
  const more = page.getByRole("button", { name: "Ask for more time" });
  await press(more);
  await hasText(page, /More time is asked for/);
  await isAt(more);
  await press(page.getByRole("button", { name: "End session" }));
  await page.getByRole("button", { name: "Ask again" }).waitFor();
  await isAt(title);
  await press(page.getByRole("button", { name: "Close" }));
  await title.waitFor({ state: "detached" });
  await isAt(opener);
}, slow);

test("a hub that is frozen while a session is open is said within 13 s by page and indicator, and both go on when it lives again", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("on");
  const id = await v.opened();
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  await page.goto(`/sites/${v.site.id}?session=${id}`);
  await page.getByRole("link", { name: "Open in a new tab" }).waitFor();
  await page.getByTitle("Changes show here as they happen").waitFor();
  v.hub.program.freeze();
  try {
    await page.getByText("Not live").waitFor({ timeout: 13_000 });
    await hasText(page, /The hub does not answer\. .*Shown as of \d/);
    await look(page, "session-hub-frozen");
    // Once, not by each part of the page for itself as its own read fails.
    await new Promise((done) => setTimeout(done, 14_000));
    expect((await page.locator("body").innerText()).split("The hub does not answer")).toHaveLength(2);
    expect(await complaints(page, "page")).toEqual([]);
  } finally {
    v.hub.program.thaw();
  }
  await page.getByTitle("Changes show here as they happen").waitFor();
  await until("nothing is said of it any more", async () => !/does not answer/.test(await page.locator("body").innerText()));
}, slow);

test("an open session whose site is silent is told from one that can be used, by list and panel", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start({ "poll.start_grace": "0s", "poll.offline_after": "5s" });
  await v.allow("on");
  const id = await v.opened();
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  await page.goto("/sessions");
  await page.getByText("Open", { exact: true }).last().waitFor();
  await v.connector.program!.kill9();
  await hasText(page, /Open\s+offline for \d+ s/);
  await page.getByTitle(/^The site’s connector is not connected\. It was last heard of /).waitFor();
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "sessions-silent");
  await page.goto(`/sites/${v.site.id}?session=${id}`);
  await hasText(page, /connector is not connected\. It was last heard of/);
  expect(await complaints(page, "page")).toEqual([]);
}, slow);

test("R25 what the customer has switched off is said before anything is sent, and what may be asked for", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  await page.getByRole("link", { name: /^Open console of / }).click();
  await hasText(page, /The customer has switched off the console at this site, or it is outside of the hours/);
  await hasText(page, /You can ask the site’s contact to allow it/);
  expect(await page.locator("input[name=reason]").count()).toBe(0);
  expect(await complaints(page, "page")).toEqual([]);
  // The customer turns it on: the page hears of it and offers the reason.
  await v.allow("ask");
  await page.locator("input[name=reason]").waitFor();
}, slow);

test("R2 a no is the customer's, an asking is taken back, and the list of sessions tells of both; its address says what it shows", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  const first = await ask(page);
  await v.is(first, "waiting_for_approval");
  await v.say("refuse", first);
  await hasText(page, /Refused: by the customer/);
  await page.getByRole("button", { name: "Ask again" }).click();
  expect(await page.locator("input[name=reason]").inputValue()).toBe(reason);
  await page.getByRole("button", { name: "Ask to open" }).click();
  await until("another is asked for", () => !page.url().includes(first) && page.url().includes("session="));
  await page.getByRole("button", { name: "Cancel asking" }).click();
  await hasText(page, /Refused: by the technician|Ended: by the technician/);

  await page.getByRole("link", { name: "Sessions" }).first().click();
  await page.waitForURL(/\/sessions$/);
  await until("both are listed", async () => (await page.locator("tr[data-index]:has(a)").count()) === 2);
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "sessions");
  // A window of 1440 px has room for all of each row; a phone's card says what was asked for, too.
  const cut = () => page.locator("tr[data-index]:has(a) td").evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent));
  expect(await cut()).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await hasText(page, /Console · Test User: toner/);
  await look(page, "sessions-phone");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.waitForURL(/state=live/);
  await hasText(page, /No session is like this/);
  await page.reload();
  await hasText(page, /No session is like this/);
}, slow);

test("the tab that a session opens in waits until it is open, and says why it is not", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  const id = await ask(page);
  await v.is(id, "waiting_for_approval");
  await page.goto(`/sessions/${id}/enter`);
  await hasText(page, /goes there by itself as soon as the session is open/);
  expect(await complaints(page, "page")).toEqual([]);
  await v.say("refuse", id);
  await hasText(page, /Refused: by the customer/);
}, slow);

test("that a session has ended is said within 2 s where it was opened, in three languages", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  await v.allow("on");
  for (const [language, said] of [["en", /Ended: by the customer\./], ["fr", /Terminée\s:\spar le client\./], ["de", /Beendet: durch den Kunden\./]] as const) {
    const page = await openPage(v.hub, { language });
    await page.addInitScript(`localStorage.setItem("imprimatur.language", "${language}")`);
    await logIn(page, v.provider);
    const id = await v.opened();
    await page.goto(`/sites/${v.site.id}?session=${id}`);
    await page.locator(`a[href="/sessions/${id}/enter"]`).waitFor();
    await v.say("end", id);
    const from = Date.now();
    await hasText(page, said);
    expect(Date.now() - from).toBeLessThan(2000);
    expect(await page.title()).toMatch(/^(Ended|Terminée|Beendet): /);
    await page.context().close();
  }
}, slow);
