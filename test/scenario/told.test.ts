/** What a PaperCut server tells of itself, seen on the dashboard and set on the customer's page. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, openLocal, openPage } from "../harness/browser.ts";
import { aDayLater, Connector, offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

const TOKEN = "sim-token-0123456789";
const printers = (pages: number, jobs: number) => [{ name: "prn01\\A", id: 1203, pages: 1000 + pages, jobs: 100 + jobs }];

const textOf = (page: Page) => page.locator("main, body").first().innerText();
const tab = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Parts of the site" }).getByRole("link", { name, exact: true }).click();

test("R36 R38 R39 what the customer sets on the page and PaperCut tells is on the site's page, with origin and age", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const papercut = await PaperCut.start({
    printers: printers(0, 0),
    devices: [],
    site_servers: 3,
    site_servers_offline: 1,
    licence: { support_days: 213, users: { used: 812, licensed: 1000 } },
    xmlrpc: { tokens: [TOKEN] },
  });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("it has reported", async () => (await provider.api.site(site.id)).infrastructure !== null);

  // The customer states the licence and allows pages by device.
  const url = await settingsUrl(c);
  const theirs = await openLocal(url.origin);
  await theirs.goto(url.href);
  await theirs.getByRole("heading", { name: "Print server and network" }).click();
  await theirs.getByLabel("Organisation to which the licence was issued").fill("Example Works Ltd");
  await theirs.getByLabel("Read pages by device and day (XML-RPC)").selectOption("yes");
  await theirs.getByLabel("Token of its XML-RPC interface").fill(TOKEN);
  expect(await textOf(theirs)).toMatch(/whoever has this one can change anything there/);
  expect(await complaints(theirs, "options")).toEqual([]);
  await theirs.getByRole("button", { name: "Save" }).click();
  await theirs.getByText("Saved; the connector works with it now.").waitFor();
  expect(c.read("connector.conf")).toContain("licence.organisation = Example Works Ltd\n");
  expect(await theirs.content()).not.toContain(TOKEN);

  await until("the totals are noted", () => {
    try {
      return (JSON.parse(c.read("counters.json")) as { devices: unknown[] }).devices.length === 1;
    } catch {
      return false;
    }
  });
  await aDayLater(c);
  papercut.change({ printers: printers(500, 50) });
  c.run();
  await until("the day is told", async () => (await provider.api.site(site.id)).usage?.day);

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}`);
  await tab(page, "Infrastructure");
  const row = page.getByRole("row", { name: /Site servers/ });
  await row.waitFor();
  expect((await row.innerText()).split(/\s+/).slice(-3)).toEqual(["2", "1", "3"]);
  expect(await textOf(page)).toMatch(/read (just )?(now|\d+ (s|min) ago)/);
  expect(await complaints(page, "infrastructure")).toEqual([]);

  await tab(page, "Licence");
  await page.getByText("213 days left").waitFor();
  const licence = await textOf(page);
  expect(licence).toMatch(/Valid\s+Yes read from the server/);
  expect(licence).toMatch(/Licence ends\s+unknown/);
  expect(licence).toMatch(/Organisation\s+Example Works Ltd stated by the customer/);
  expect(licence).toMatch(/Customer reference \(CRN\)\s+not stated/);
  expect(licence).toMatch(/Users\s+812\s+1,000\s+81.2\s?%/);
  expect(await complaints(page, "licence")).toEqual([]);

  await tab(page, "Usage");
  await page.getByText("500 pages, 50 jobs").waitFor();
  expect(await page.getByRole("row", { name: /^A/ }).innerText()).toMatch(/A\s+500\s+50/);
  expect(await textOf(page)).toMatch(/Print volume of the whole site/);
  expect(await complaints(page, "usage")).toEqual([]);
});

test("a section that a newer report leaves out keeps its age", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const c = new HandConnector(hub);
  const { code } = await provider.api.invite(site);
  await c.enroll(code, await offer(hub, code));
  const parts = { parts: [{ kind: "site_servers", state: "ok", total: 1, down: 0 }] };
  await c.report(c.next({ schema: 2, licence: { valid: true, support_days: 9, origin: "server" }, infrastructure: parts }));
  const first = await provider.api.site(site.id);
  await c.report(c.next({ schema: 2, infrastructure: parts }));
  const second = await provider.api.site(site.id);
  expect(second.licence).toEqual(first.licence);
  expect(Date.parse(second.infrastructure!.read_at!)).toBeGreaterThan(Date.parse(second.licence!.read_at!));
  expect(second.usage).toBeNull();
});

test("R68 the provider is told what a copied machine means before saying that it is in order", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const c = new HandConnector(hub);
  const { code } = await provider.api.invite(site);
  await c.enroll(code, await offer(hub, code));
  const copied = async () => (await provider.api.site(site.id)).connector?.copied;
  const polls = [c.poll(0, 1), c.poll(0, 2)];
  await polls[0];
  polls.push(c.poll(0, 1));
  await until("it is said to be copied", copied);

  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=connector`);
  await page.getByRole("button", { name: "Decide" }).click();
  const dialog = page.getByRole("dialog", { name: "Copied or restored machine" });
  expect(await dialog.innerText()).toMatch(/cuts nothing off and loses nothing/);
  expect(await complaints(page, "copied")).toEqual([]);
  await dialog.getByRole("button", { name: "Leave it as it is" }).click();
  expect(await copied()).toBe(true);
  await page.getByRole("button", { name: "Decide" }).click();
  await dialog.getByRole("button", { name: "It is in order" }).click();
  await until("it is accepted", async () => !(await copied()));
  await until("the notice is gone", async () => (await page.getByRole("button", { name: "Decide" }).count()) === 0);
  await hub.program.stop();
  await Promise.allSettled(polls);
});
