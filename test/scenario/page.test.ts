/* The page, in a real browser. */
import { expect, test } from "vitest";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

test("R1 a login leads to the list of sites, and from there to a site", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const page = await openPage(hub);
  await page.goto("/sites");
  await page.waitForURL((u) => u.pathname === "/login");
  await logIn(page, provider);
  await page.getByText("Head office").first().click();
  await page.waitForURL((u) => u.pathname === `/sites/${site.id}`);
  await until("the site's page names its customer", () => page.getByText("Example Works").first().isVisible());
});

test("R24 the true state of a real printer is on the page, and changes within 15 s without a reload", async (ctx) => {
  needs(ctx, browserMissing(), cupsMissing());
  const hub = await Hub.start();
  const cups = await Cups.start();
  await cups.addPrinter("Front-desk");
  const { provider, site } = await newSite(hub, "Workshop");
  await Connector.forSite(hub, provider, site, cups.source);
  await until("the queue is there", async () => (await provider.api.devices(site.id)).total === 1);

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=devices`);
  const text = () => page.locator("body").innerText();
  await until("the queue is on the page", async () => /Front-desk/.test(await text()));
  await page.evaluate("window.notReloaded = true");
  expect(await text()).not.toMatch(/paused/i);
  await cups.disable("Front-desk");
  await until("the page says so", async () => /paused/i.test(await text()), 15_000);
  expect(await page.evaluate("window.notReloaded")).toBe(true);
});

test("the page speaks French and German where the browser does", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const text = async (language: string) => {
    const page = await openPage(hub, { language });
    await page.goto("/login");
    await page.locator('input[type="password"]').waitFor();
    return page.locator("body").innerText();
  };
  expect(await text("fr")).toMatch(/mot de passe/i);
  expect(await text("de")).toMatch(/passwort|kennwort/i);
});
