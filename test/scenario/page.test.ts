/* The page, in a real browser. */
import type { Request } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

type Sizes = Awaited<ReturnType<Request["sizes"]>>;

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

test("until the list stands, a browser that has nothing yet fetches 180 KB at most, in any language", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  for (const language of ["en", "fr", "de"]) {
    const page = await openPage(hub, { language });
    const answers: Promise<Sizes>[] = [];
    page.on("requestfinished", (r) => {
      if (!new URL(r.url()).pathname.startsWith("/api/")) answers.push(r.sizes());
    });
    await logIn(page, provider);
    await page.locator("tr[data-index]").first().waitFor();
    await page.waitForLoadState("networkidle");
    const fetched = (await Promise.all(answers)).reduce((sum, a) => sum + a.responseBodySize, 0);
    expect(fetched).toBeGreaterThan(100 * 1024);
    expect(fetched).toBeLessThan(180 * 1024);
  }
});

test("the menu is fetched when it is asked for, opens by keyboard, and gives the focus back", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  const button = page.locator("header [aria-haspopup=menu]");
  const item = page.getByRole("menuitem", { name: "Keyboard shortcuts" });
  const focused = () => button.evaluate((e) => e === document.activeElement);

  const part = page.waitForRequest(/UserMenu-.*\.js/);
  await button.focus();
  await page.keyboard.press("Enter");
  await part;
  await item.waitFor();
  expect(await button.getAttribute("aria-expanded")).toBe("true");
  await page.keyboard.press("Escape");
  await item.waitFor({ state: "hidden" });
  expect(await focused()).toBe(true);
  await page.keyboard.press("Enter");
  await item.waitFor();
});

test("a menu that comes late does not take the focus from what one has gone on to", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider } = await newSite(hub);
  const page = await openPage(hub);
  let letGo = () => {};
  const held = new Promise<void>((go) => (letGo = go));
  await page.route(/UserMenu-.*\.js/, async (route) => {
    await held;
    await route.continue();
  });
  await logIn(page, provider);
  const button = page.locator("header [aria-haspopup=menu]");
  const search = page.locator("input[type=search]");
  await button.click();
  expect(await button.getAttribute("aria-busy")).toBe("true");
  expect(await button.evaluate((e) => e === document.activeElement)).toBe(true);
  await search.fill("Head");
  letGo();
  await until("the menu has come", async () => (await button.getAttribute("aria-busy")) === null);
  await page.keyboard.type(" office");
  expect(await search.inputValue()).toBe("Head office");
  expect(await button.getAttribute("aria-expanded")).toBe("false");
  await button.click();
  await page.getByRole("menuitem").first().waitFor();
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
