/* Sites, customers and notes, in a real browser. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, logInHere, look, newTab, openPage, technicians } from "../harness/browser.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const rows = "tr[data-index]:has(a)";

/** The index of the row that has the focus, -1 if none has. */
function focused(page: Page): Promise<number> {
  return page.evaluate(
    `Number(document.activeElement.closest("[data-index]")?.getAttribute("data-index") ?? -1)`,
  );
}

test("R33 a long list of sites is walked by keyboard, says how long it is, and back leads to the same place", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("Example Works");
  for (let i = 0; i < 260; i++) await provider.api.makeSite(customer, `Site ${String(i).padStart(3, "0")}`);

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.locator(rows).first().waitFor();
  expect(await page.locator("table").getAttribute("aria-rowcount")).toBe("261");
  expect(await page.locator(rows).count()).toBeLessThan(100);

  await page.keyboard.press("j");
  await page.keyboard.press("ArrowDown");
  await until("the second row has the focus", async () => (await focused(page)) === 1);
  const box = page.locator("[data-scroll-restoration-id=sites]");
  await box.evaluate((e: HTMLElement) => (e.scrollTop = e.scrollHeight));
  await until("the last row is drawn", () => page.getByText("Site 259").isVisible());
  expect(await page.locator("tr[aria-rowindex='261']").count()).toBe(1);
  expect(await focused(page)).toBe(1);
  await page.keyboard.press("ArrowDown");
  await until("one goes on where one was", async () => (await focused(page)) === 2);

  await box.evaluate((e: HTMLElement) => (e.scrollTop = e.scrollHeight / 2));
  const there = await box.evaluate((e: HTMLElement) => e.scrollTop);
  const link = page.getByText("Site 130");
  await link.click();
  await page.waitForURL(/\/sites\/site_/);
  await page.goBack();
  await link.waitFor();
  await until("the list stands where it was", async () => (await box.evaluate((e: HTMLElement) => e.scrollTop)) === there);
});

test("the filters are in the address: a link shows the same, and back undoes the last", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  await provider.api.makeSite(await provider.api.makeCustomer("Other Works"), "Annex");

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites?customer=${customer.id}&status=never_connected`);
  await until("only its site is shown", async () => (await page.locator(rows).count()) === 1);
  expect(await page.getByText("Annex").count()).toBe(0);
  await until("the filter names the customer", () => page.locator("#filters").getByText("Example Works").isVisible());
  expect(await complaints(page, "filters")).toEqual([]);
  await page.locator("#filters select[name=console]").selectOption("on");
  await until("no site allows that", async () => (await page.locator(rows).count()) === 0);
  expect(new URL(page.url()).searchParams.get("console")).toBe("on");
  await page.goBack();
  await until("back shows it again", async () => (await page.locator(rows).count()) === 1);
});

test("W12 what the filters leave is saved as CSV, whole, not only what was scrolled to", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("=Example Works");
  for (let i = 0; i < 230; i++) await provider.api.makeSite(customer, `Site ${String(i).padStart(3, "0")}`);
  await provider.api.makeSite(await provider.api.makeCustomer("Other Works"), "Annex");

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites?customer=${customer.id}`);
  await page.locator(rows).first().waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("sites.csv");
  const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\r\n");
  expect(lines).toHaveLength(231);
  expect(lines[0]).toMatch(/^\uFEFFCustomer,Site,Status,/);
  expect(lines[230]).toMatch(/^'=Example Works,Site 229,Never connected,/);
});

test("a row keeps its place while it is pointed at, and takes its new one afterwards", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("Example Works");
  for (const name of ["B", "C"]) await provider.api.makeSite(customer, name);

  const page = await openPage(hub);
  await logIn(page, provider);
  const names = async () => (await page.locator(`${rows} a`).allInnerTexts()).map((t) => t.at(-1)).join("");
  await until("both are shown", async () => (await names()) === "BC");
  await page.locator(rows).nth(1).hover();
  await provider.api.makeSite(customer, "A");
  await until("the new one stands at the end", async () => (await names()) === "BCA");
  await page.mouse.move(5, 5);
  await until("the order is made", async () => (await names()) === "ABC");
});

test("R40 R72 a note that a colleague has changed meanwhile is not overwritten, and nothing typed is lost", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const hostile = `<img src=x onerror="document.title='taken'"> {customer} \u202Eright to left`;

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=note`);
  await page.getByRole("button", { name: "Write a note" }).click();
  await page.getByRole("textbox", { name: "Text of the note" }).fill("mine");
  await page.reload();
  const area = page.getByRole("textbox", { name: "Text of the note" });
  expect(await area.inputValue()).toBe("mine");
  const put = await provider.api.raw("PUT", `/api/v1/sites/${site.id}/note`, { text: hostile, revision: 0 });
  expect(put.status).toBe(200);
  await until("theirs is shown", () => page.getByText("right to left").isVisible());
  expect(await area.inputValue()).toBe("mine");
  expect(await page.title()).not.toBe("taken");
  expect(await complaints(page, "note")).toEqual([]);
  await page.getByRole("button", { name: "Save mine in its place" }).click();
  await area.waitFor({ state: "detached" }); // it closes once the hub has answered
  await until("mine is the note", () => page.getByText("mine", { exact: true }).isVisible());
  const { body } = await provider.api.raw<{ text: string; revision: number }>("GET", `/api/v1/sites/${site.id}/note`);
  expect([body.text, body.revision]).toEqual(["mine", 2]);
});

test("what was typed is there again after a login that ended in between, until it is sent or given up", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  const typed = async (path: string, field: string, text: string, send: () => Promise<void>) => {
    await page.goto(path);
    await page.locator(field).fill(text);
    await page.context().clearCookies();
    await send();
    await page.waitForURL(/\/login\?/);
    await logInHere(page, provider);
    await until(`${path} has it`, async () => (await page.locator(field).inputValue()) === text);
  };

  await typed("/import", "#import-csv", "Other Works;Annex", () => page.getByRole("button", { name: "Check the rows" }).click());
  await typed(`/sites/${site.id}?edit=1`, "input[name=name]", "Another name", () => page.keyboard.press("Enter"));
  await page.keyboard.press("Escape");
  await page.locator("input[name=name]").waitFor({ state: "detached" });
  await page.goto(`/sites/${site.id}?edit=1`);
  expect(await page.locator("input[name=name]").inputValue()).toBe(site.name);

  await page.goto("/add");
  await page.locator("input[name=customer]").fill("Third Works");
  await typed("/add", "input[name=site]", "Hall", () => page.getByRole("button", { name: "Add and invite" }).click());
  expect(await page.locator("input[name=customer]").inputValue()).toBe("Third Works");
  await page.getByRole("button", { name: "Add and invite" }).click();
  await page.getByRole("button", { name: /another/i }).click();
  expect(await page.locator("input[name=site]").inputValue()).toBe("");
});

test("a link with more in it than the page knows shows the same as without", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  for (const path of ["/sites?status=never_connected&utm_source=mail", "/licences?utm_source=mail", "/customers?utm_source=mail"]) {
    await page.goto(path);
    await page.locator(rows).first().waitFor();
    expect(page.url()).not.toContain("utm_source");
  }
  await page.goto("/sites?status=never_connected&utm_source=mail");
  await page.locator(rows).first().waitFor();
  expect(new URL(page.url()).search).toBe("?status=never_connected");
});

test("a part of the page that is lost on its way, as after an upgrade of the hub, is fetched again by itself", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { page } = await newTab(await technicians(hub));
  await page.goto(`${hub.url}/login`);
  await logInHere(page, provider);
  await page.locator(rows).first().waitFor();
  // Lost until the page is read anew.
  let anew = false;
  page.on("request", (r) => void (anew ||= r.isNavigationRequest()));
  await page.route(/SitePage-[^/]*\.js$/, (route) => (anew ? route.continue() : route.fulfill({ status: 404 })));
  await page.locator(`${rows} a`).first().click();
  await page.getByRole("heading", { name: new RegExp(site.name) }).waitFor();
  expect(anew).toBe(true);
});

test("the first words, if they are lost, are said to be, in the browser's language, and fetched again by themselves", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { page } = await newTab(await technicians(hub));
  // Lost twice: the page is read anew once by itself, and then by whoever looks at it.
  let reads = 0;
  page.on("request", (r) => void (reads += r.isNavigationRequest() ? 1 : 0));
  await page.route(/\/assets\/en-[^/]*\.js$/, (route) => (reads > 2 ? route.continue() : route.fulfill({ status: 404 })));
  await page.goto(`${hub.url}/login`);
  await until("it is read anew", () => reads === 2);
  await page.getByRole("heading", { name: "A part of this page could not be fetched" }).waitFor();
  await look(page, "words-lost");
  expect(await complaints(page, "words-lost")).toEqual([]);
  await page.getByRole("button", { name: "Reload the page" }).click();
  await page.locator("input[name=email]").waitFor();
  expect(reads).toBe(3);
});

test("R33 a customer is found, renamed, and its sites carry the new name", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);

  const page = await openPage(hub, { scheme: "dark" });
  await logIn(page, provider);
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL(/\/customers$/);
  await page.locator(rows).first().waitFor();
  expect(await complaints(page, "customers")).toEqual([]);
  await page.getByRole("link", { name: "Example Works" }).click();
  await page.getByRole("button", { name: "Edit the customer" }).click();
  await page.locator("input[name=name]").fill("Autres Travaux");
  await page.locator("select[name=language]").selectOption("fr");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: "Autres Travaux" }).waitFor();
  await until("its site is named so", () => page.locator(rows).getByText("Autres Travaux").isVisible());
  expect(await complaints(page, "customer")).toEqual([]);
  expect((await provider.api.site(site.id)).customer.name).toBe("Autres Travaux");
});
