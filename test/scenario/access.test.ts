/* The page for everybody: with the keyboard alone, with a screen reader, in light and dark, with many rows. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** A site with trouble and a licence, so that each part of its page has something to show. */
async function troubledSite(hub: Hub) {
  const made = await newSite(hub);
  const papercut = await PaperCut.start({
    database: { status: "ERROR" },
    devices: [{ name: "mfd-2f", type: "Ricoh", status: "ERROR" }],
    printers: [{ name: "prn01\\HP-1F", status: "OK" }],
  });
  await Connector.forSite(hub, made.provider, made.site, papercut.source);
  await until("the trouble is known", async () => (await made.provider.api.site(made.site.id)).status === "error");
  return made;
}

/** Every page and state of it: what leads there, and what is there when it is. */
const views = (site: string): [string, (page: Page) => Promise<unknown>, string][] => [
  ["list", (page) => page.goto("/sites"), "[data-index] a"],
  ["no match", (page) => page.goto("/sites?query=nothing+like+this"), "main button"],
  ["menu", (page) => page.locator("header [aria-haspopup=menu]").click(), "[role=menuitem]"],
  ["health", (page) => page.goto(`/sites/${site}?why=unreachable.database`), "#chart"],
  ["as table", (page) => page.goto(`/sites/${site}?view=table&why=permissions`), "#permissions-list dd"],
  ["devices", (page) => page.goto(`/sites/${site}?tab=devices`), "[data-index]"],
  ["rules", (page) => page.goto("/rules?rule=disk_low"), "form select"],
  ["rules at a site", (page) => page.goto(`/sites/${site}?tab=rules`), "main section button"],
  ["connector", (page) => page.goto(`/sites/${site}?tab=connector`), "#consent"],
  ["help", (page) => page.keyboard.press("?"), "dialog[open]"],
  ["no such site", (page) => page.goto("/sites/site_00000000000000000000000000"), "h1"],
  ["legal texts", (page) => page.goto("/legal"), "h1"],
  ["a legal text", (page) => page.goto("/legal/privacy-policy"), "article, main h2"],
  ["no such page", (page) => page.goto("/nowhere"), "h1"],
];

const title = "axe-core finds nothing on any page, wide and narrow, in its colours";
test.for(["light", "dark"] as const)(`${title} %s`, { timeout: 120_000 }, async (scheme, ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await troubledSite(hub);
  const found: string[] = [];
  for (const width of [1440, 390]) {
    const page = await openPage(hub, { scheme, width });
    await page.goto("/login");
    await page.locator("button[type=submit]").waitFor();
    found.push(...(await complaints(page, `login ${width}`)));
    await logIn(page, provider);
    for (const [name, go, there] of views(site.id)) {
      await go(page);
      await page.locator(there).first().waitFor();
      found.push(...(await complaints(page, `${name} ${width}`)));
      const sideways = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
      if (sideways) found.push(`${name} ${width}: scrolls sideways`);
    }
  }
  expect(found).toEqual([]);
});

test("the document's policy allows no inline script or style and nothing from elsewhere", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await troubledSite(hub);
  const page = await openPage(hub); // it fails on any error of the console and any request to elsewhere
  const answer = await page.goto("/login");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/script-src 'self'(;|$)/);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(await answer?.text()).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
  for (const path of ["/", "/sites", `/sites/${site.id}`, "/rules", "/add", "/install", "/terms", "/legal", "/legal/hub-terms", "/nowhere"])
    expect((await hub.http().call("GET", path)).headers["content-security-policy"], path).toBe(policy);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}`);
  await page.locator(".uplot canvas").waitFor();
});

test("the keyboard alone leads from the login to a site and back", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer, site } = await newSite(hub);
  const second = await provider.api.makeSite(customer, "Workshop");
  const page = await openPage(hub);
  const keys = async (...all: string[]) => {
    for (const key of all) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate("document.activeElement.getAttribute('href')");
  const path = () => new URL(page.url()).pathname;

  await page.goto("/sites");
  await page.locator("input[name=email]:focus").waitFor();
  await page.keyboard.type(provider.email);
  await keys("Tab");
  await page.keyboard.type(provider.password);
  await keys("Enter");
  await page.locator("tbody a").first().waitFor();

  await keys("/");
  await page.keyboard.type("workshop");
  await page.waitForURL((u) => u.searchParams.get("query") === "workshop");
  await until("only it is left", async () => (await page.locator("tbody a").count()) === 1);
  await keys("Enter");
  await until("the row has the focus", async () => (await focused()) === `/sites/${second.id}`);
  await keys("Enter");
  await page.waitForURL((u) => u.pathname === `/sites/${second.id}`);

  await keys("?");
  await page.locator("dialog[open]").waitFor();
  await keys("Escape");
  await until("the help is gone", async () => (await page.locator("dialog[open]").count()) === 0);

  await keys("g", "s");
  await page.waitForURL((u) => u.pathname === "/sites" && u.search === "");
  await until("both are there", async () => (await page.locator("tbody a").count()) === 2);
  await keys("k");
  await until("the row above has the focus", async () => (await focused()) === `/sites/${site.id}`);
  const ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  expect(ring).toBe("solid");
  await keys("j", "Enter");
  await until("the lower row is open", () => path() === `/sites/${second.id}`);
  await page.goBack();
  await page.waitForURL((u) => u.pathname === "/sites");
});

test("hundreds of sites are searched, filtered, sorted and scrolled to the end, and the address keeps it", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub, "Site 000");
  const names = Array.from({ length: 449 }, (_, i) => `Site ${String(i + 1).padStart(3, "0")}`);
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map((name) => provider.api.makeSite(customer, name)));

  const page = await openPage(hub);
  await logIn(page, provider);
  const box = page.locator("[data-scroll-restoration-id=sites]");
  const text = () => page.locator("main").innerText();
  await until("all are counted", async () => /450 sites/.test(await text()));
  expect(await page.locator("tbody tr").count()).toBeLessThan(100); // drawn as far as they are seen
  await until("the last row is read", async () => {
    await box.evaluate((e) => e.scrollTo(0, e.scrollHeight));
    return /Site 449/.test(await text());
  });

  await page.getByRole("button", { name: "Customer / site" }).click();
  await page.getByRole("button", { name: "Customer / site" }).click();
  await page.waitForURL((u) => u.searchParams.get("sort") === "-customer");
  await until("the last is the first, and the list is at its top", async () => {
    return /Site 449/.test(await page.locator("tbody tr[data-index='0']").innerText());
  });
  await page.getByRole("button", { name: /Never connected/ }).click();
  await page.locator("input[type=search]").fill("Site 44");
  await page.waitForURL((u) => u.searchParams.get("query") === "Site 44");
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    query: "Site 44",
    status: "never_connected",
    sort: "-customer",
  });
  const { total } = await provider.api.sites("?query=Site+44");
  expect(total).toBeGreaterThan(9);
  await until("those that match are left", async () => (await page.locator("tbody a").count()) === total);
  await page.reload();
  await until("the same after a reload", async () => (await page.locator("tbody a").count()) === total);
  expect(await page.locator("input[type=search]").inputValue()).toBe("Site 44");
}, 120_000);
