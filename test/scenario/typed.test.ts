/* What was typed and not sent, and what is shown this once, where a login ends or another one comes in its place. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, logInHere, look as picture, openPage } from "../harness/browser.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";

const table = "#import-csv";
const customer = "input[name=customer]";

/** The hub ends the login that this page has; the page is not told. */
async function logOutElsewhere(page: Page): Promise<void> {
  await page.evaluate("fetch('/api/v1/logins/current', { method: 'DELETE' })");
}

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
