/* Many customers and sites from a table; and what is put aside or erased by hand. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, look as picture, openPage } from "../harness/browser.ts";
import { offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

async function look(page: Page, name: string): Promise<void> {
  await picture(page, name);
  expect(await complaints(page, name)).toEqual([]);
}

interface Answer {
  counts: Record<string, number>;
  rows: { line: number; verdict: string; code: string | null; invitation: { code: string } | null }[];
}

const csv = "Kunde;Standort;Sprache;mail_to\r\nBäckerei Süd;\"Haus \"\"A\"\"\";de;it@example.test\r\nBäckerei Süd;Haus B\r\n=1+1;@Site\r\nExample Works;Head office\r\nexample works;Branch\r\n";

test("R7 a table is pasted, each row has its verdict before anything is made, and the codes are there once", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/add");
  await page.getByRole("link", { name: "Or import many from a table" }).click();
  await page.waitForURL(/\/import$/);
  await page.getByLabel("Paste the table, or drop a CSV file here").fill(csv);
  await page.getByRole("button", { name: "Check the rows" }).click();
  await page.getByRole("button", { name: "Refused 1" }).waitFor();
  await look(page, "import-checked");
  expect((await provider.api.sites()).total).toBe(1);
  await page.getByRole("button", { name: "Add 3 rows" }).click();
  await page.getByText("3 rows were added.").waitFor();
  await look(page, "import-done");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the codes as CSV" }).click()]);
  const lines = readFileSync((await download.path())!, "utf8").trim().split("\r\n");
  expect(lines[1]).toMatch(/^Bäckerei Süd,"Haus ""A""",de,it@example.test,DE-[-0-9A-Z]+,/);
  expect(lines[3]).toMatch(/^'=1\+1,'@Site,/);
  const code = lines[2]!.split(",")[4]!;
  expect(await offer(hub, code)).toMatchObject({ customer: "Bäckerei Süd", site: "Haus B" });
  expect((await provider.api.sites()).total).toBe(4);
  // A file in another charset is told, not read wrongly.
  await page.goto("/import");
  await page.locator('input[type="file"]').setInputFiles({ name: "x.csv", mimeType: "text/csv", buffer: Buffer.from([0x4d, 0xfc, 0x6c]) });
  await page.getByRole("alert").getByText("UTF-8").first().waitFor();
});

test("R7 verdicts are those of the table that stands there, also if it was changed while they were asked for", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/import");
  const table = page.getByLabel("Paste the table, or drop a CSV file here");
  const asks = page.getByRole("button", { name: "Check the rows" });
  await page.route("**/api/v1/imports", async (route) => {
    await table.fill("Other Works;Annex");
    await route.continue();
  }, { times: 1 });
  await table.fill(csv);
  const answered = page.waitForResponse("**/api/v1/imports");
  await asks.click();
  await (await answered).finished();
  await until("it may be asked again", () => asks.isEnabled());
  expect(await page.locator("main table").count()).toBe(0);
  await asks.click();
  await page.getByRole("cell", { name: "Other Works" }).waitFor();
});

test("a site is archived, taken back and erased by what the pages show", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer, site } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=connector`);
  await page.getByRole("button", { name: "Archive …" }).click();
  await look(page, "archive-asked");
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("status").getByText("Archived since").waitFor();
  await look(page, "archive-site");
  await until("it is out of the list", async () => (await provider.api.sites()).total === 0);
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("button", { name: "Archive …" }).waitFor();
  await until("it is in the list", async () => (await provider.api.sites()).total === 1);

  await provider.api.raw("POST", `/api/v1/customers/${customer.id}/archive`);
  await page.getByRole("link", { name: "Archive", exact: true }).click();
  await page.waitForURL(/\/archive$/);
  await page.locator("summary").getByText(customer.name).click();
  await page.getByRole("button", { name: "Erase for good …" }).click();
  await look(page, "archive-page");
  await page.getByLabel(`Type the name to confirm: ${customer.name}`).fill(customer.name);
  await page.getByRole("button", { name: "Erase for good", exact: true }).click();
  await page.getByText("Nothing is archived here.").waitFor();
  await until("it is gone", async () => (await provider.api.raw("GET", `/api/v1/sites/${site.id}`)).status === 404);
});

test("the pages fit a phone, in German and dark, in French and light", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  await provider.api.raw("POST", `/api/v1/customers/${customer.id}/archive`);
  for (const [language, scheme, width] of [["de", "dark", 390], ["fr", "light", 390]] as const) {
    const page = await openPage(hub, { language, scheme, width });
    await page.addInitScript(`localStorage.setItem("imprimatur.language", "${language}")`);
    await logIn(page, provider);
    await page.goto("/import");
    await page.locator("textarea").fill(csv);
    await page.locator("main button").first().click();
    await page.locator("main table").waitFor();
    await look(page, `import-${language}`);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.goto("/archive");
    await page.locator("summary").click();
    await page.locator("details section button").first().waitFor();
    await look(page, `archive-${language}`);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  }
});

test("ten thousand rows are looked at while others are served", async () => {
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const rows = Array.from({ length: 10_000 }, (_, i) => `Customer ${i % 3000},Site ${i}`);
  const post = (lines: string[], apply: boolean) => provider.api.raw<Answer>("POST", "/api/v1/imports", { csv: `customer,site\n${lines.join("\n")}`, apply, invite: true });
  let over = false;
  const all = post(rows, false).finally(() => (over = true));
  let served = 0;
  await until("the rows are looked at", async () => ((await provider.api.sites()).total, served++, over));
  const { status, body } = await all;
  expect([status, body.counts]).toEqual([200, { new_customer: 3000, new_site: 7000, there: 0, refused: 0, failed: 0 }]);
  expect(served).toBeGreaterThan(0);
  expect((await post([...rows, "One,more"], false)).status).toBe(400);

  const some = await post(rows.slice(0, 40), true);
  expect(new Set(some.body.rows.map((r) => r.invitation!.code)).size).toBe(40);
  expect((await post(rows.slice(0, 40), true)).body.counts).toMatchObject({ there: 40, new_customer: 0 });
  expect((await provider.api.sites()).total).toBe(41);
});
