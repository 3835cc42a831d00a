/* What was typed and not sent, and what is shown this once, where a login ends or another one comes in its place. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, logInHere, look as picture, openPage } from "../harness/browser.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const table = "#import-csv";
const customer = "input[name=customer]";

/** The hub ends the login that this page has; the page is not told. */
async function logOutElsewhere(page: Page): Promise<void> {
  await page.evaluate("fetch('/api/v1/logins/current', { method: 'DELETE' })");
}

async function typeBoth(page: Page): Promise<void> {
  await page.goto("/add");
  await page.locator(customer).fill("Secret Works");
  await page.goto("/import");
  await page.locator(table).fill("Secret Works;Annex");
}

async function expectBoth(page: Page, name: string, rows: string): Promise<void> {
  await until("the table", async () => (await page.locator(table).inputValue()) === rows);
  await page.goto("/add");
  expect(await page.locator(customer).inputValue()).toBe(name);
}

test("R54 what one user typed is not shown to the next one in the same tab, however the login ended; it is there for the same one again", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const other = await hub.provider("Other Print");
  const page = await openPage(hub);
  await logIn(page, provider);
  const away = () => page.context().clearCookies();

  for (const end of [away, () => logOutElsewhere(page)]) {
    await typeBoth(page);
    await end();
    await page.goto("/import");
    await page.waitForURL(/\/login/);
    await logInHere(page, provider);
    await expectBoth(page, "Secret Works", "Secret Works;Annex");
    await page.goto("/import");
    await end();
    await page.goto("/import");
    await page.waitForURL(/\/login/);
    await logInHere(page, other);
    await expectBoth(page, "", "");
    await away();
    await logIn(page, provider);
    await page.goto("/import");
    await expectBoth(page, "", "");
  }
});

test("R54 where another has logged in in another tab, nothing of the first one stays in this one once it knows", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const other = await hub.provider("Other Print");
  const page = await openPage(hub);
  let refused = false;
  await page.route("**/api/v1/changes", (route) => (refused ? route.fulfill({ status: 502 }) : route.fallback()));
  const takeOver = async () => {
    const tab = await page.context().newPage();
    await logIn(tab, other);
    await tab.close();
  };

  await logIn(page, provider);
  await typeBoth(page);
  await takeOver();
  await page.reload();
  await expectBoth(page, "", "");

  await page.context().clearCookies();
  await logIn(page, provider);
  refused = true;
  await typeBoth(page);
  await takeOver();
  await expectBoth(page, "", "");
});

test("R54 a note that was not saved is nowhere in the browser once another user has logged in there", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const other = await hub.provider("Other Print");
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=note`);
  await page.getByRole("button", { name: "Write a note" }).click();
  await page.getByRole("textbox", { name: "Text of the note" }).fill("Secret Works");
  await page.context().clearCookies();
  await page.goto("/sites");
  await page.waitForURL(/\/login/);
  await logInHere(page, other);
  await page.waitForURL((u) => u.pathname === "/sites");
  expect(await page.evaluate("JSON.stringify([sessionStorage, localStorage])")).not.toContain("Secret Works");
});

test("a draft is dropped where what it began from is no longer in force", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  const name = page.locator("input[name=name]");
  await page.goto(`/sites/${site.id}?edit=1`);
  await name.fill("My name");
  await page.reload();
  await until("it is kept", async () => (await name.inputValue()) === "My name");
  expect((await provider.api.raw("PATCH", `/api/v1/sites/${site.id}`, { name: "Their name" })).status).toBe(200);
  await page.reload();
  await name.waitFor();
  expect(await name.inputValue()).toBe("Their name");

  const [threshold, severity] = [page.locator("#rule-disk_low input[name=threshold]"), page.locator("#rule-disk_low select[name=severity]")];
  const open = async () => {
    await page.goto("/rules?rule=disk_low");
    await threshold.waitFor();
  };
  await open();
  await threshold.fill("77");
  await severity.selectOption("error");
  await open();
  expect([await threshold.inputValue(), await severity.inputValue()]).toEqual(["77", "error"]);
  await provider.api.setRules([{ name: "disk_low", threshold: 85 }]);
  await open();
  expect([await threshold.inputValue(), await severity.inputValue()]).toEqual(["85", "warning"]);
});

test("R7 codes that were made before the login ended stay until they are left, and can be saved", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/import");
  await page.locator(table).fill(Array.from({ length: 201 }, (_, i) => `Example Works;Site ${i}`).join("\n"));
  await page.getByRole("button", { name: "Check the rows" }).click();
  // The second two hundred find no login.
  let calls = 0;
  await page.route("**/api/v1/imports", async (route) => {
    if (++calls === 2) await logOutElsewhere(page);
    await route.continue();
  });
  await page.getByRole("button", { name: "Add 201 rows" }).click();
  await page.getByText("200 rows were added.").waitFor();
  await page.getByText("Your login has ended. What is shown here").waitFor();
  await picture(page, "import-ended");
  expect(await complaints(page, "import-ended")).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the codes as CSV" }).click()]);
  expect(readFileSync((await download.path())!, "utf8").trim().split("\r\n").length).toBe(201);
  await page.getByRole("link", { name: "Sites" }).last().click();
  await page.waitForURL(/\/login\?.*ended/);
});

test("R7 an invitation's code stays until it is left, also where the live stream finds that the login has ended", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/add");
  await page.locator(customer).fill("Example Works");
  await page.locator("input[name=site]").fill("Hall");
  await page.getByRole("button", { name: "Add and invite" }).click();
  const code = await page.locator("output").innerText();
  await logOutElsewhere(page);
  await page.getByText("Your login has ended. What is shown here").waitFor();
  expect(await page.locator("output").innerText()).toBe(code);
  await picture(page, "invitation-ended");
  expect(await complaints(page, "invitation-ended")).toEqual([]);
  await page.locator("main").getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(/\/login\?.*ended/);
  await logInHere(page, provider);
  await page.waitForURL(/\/add/);
});
