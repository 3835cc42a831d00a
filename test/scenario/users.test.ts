/** Who is entitled: what a provider can tell its customers of its users and their rights. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, look, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

interface User {
  id: string;
  email: string;
  name: string;
  role: string;
  scope: string;
  rights: string[];
  created_at: string;
  last_login_at: string | null;
}

async function saved(page: Page): Promise<string[]> {
  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  return readFileSync(await (await downloaded).path(), "utf8").split("\r\n");
}

test("R73: the provider's users are listed with role, rights and last login, and nobody else's are", async () => {
  const hub = await Hub.start();
  const provider = await hub.provider();
  const other = await hub.provider("Other Print");
  const before = Date.now();
  const { status, body } = await provider.api.raw<{ items: User[]; next_cursor: string | null }>("GET", "/api/v1/users");
  expect(status).toBe(200);
  expect(body.items.map((u) => u.email)).toEqual([provider.email]);
  const me = await provider.api.me();
  expect(body.items[0]).toMatchObject({ id: me.user.id, name: me.user.name, role: "owner", scope: "all", rights: me.rights });
  expect(Date.parse(body.items[0]!.created_at)).toBeLessThanOrEqual(before);
  expect(Date.parse(body.items[0]!.last_login_at!)).toBeLessThanOrEqual(before);
  // A login that has ended is still the last one.
  await provider.api.logout();
  const again = await hub.logIn(provider.email, provider.password);
  const later = await again.raw<{ items: User[] }>("GET", "/api/v1/users");
  expect(Date.parse(later.body.items[0]!.last_login_at!)).toBeGreaterThan(Date.parse(body.items[0]!.last_login_at!));
  expect((await other.api.raw<{ items: User[] }>("GET", "/api/v1/users")).body.items.map((u) => u.email)).toEqual([other.email]);
});

test("R73: for a customer the provider prints and saves who is entitled to what there, in the customer's language", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("Klinikum Süd", "de");
  const site = await provider.api.makeSite(customer, "Haus B");
  await provider.api.makeSite(customer, "Haus C");
  const papercut = await PaperCut.start({ devices: [], printers: [] });
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("its switches are known", async () => (await provider.api.site(site.id)).permissions?.monitoring === "on");

  const page = await openPage(hub, { width: 1440 });
  await logIn(page, provider);
  await page.goto(`/customers/${customer.id}`);
  await page.getByRole("link", { name: "Who is entitled" }).click();
  await page.getByRole("heading", { name: "Wer bei Klinikum Süd berechtigt ist" }).waitFor();
  const paper = await page.locator("article").innerText();
  expect(paper).toContain((await provider.api.me()).provider.name);
  expect(paper).toContain(String(new Date().getFullYear()));
  expect(paper).toContain(provider.email);
  expect(paper).toMatch(/Haus B\s+an\s+aus\s+aus/);
  expect(paper).toMatch(/Haus C\s+nie verbunden/);
  expect(paper).toMatch(/niemand beim Dienstleister kann es geben/);
  expect(await page.locator("article").getAttribute("lang")).toBe("de");
  expect(await complaints(page, "entitled")).toEqual([]);
  await look(page, "entitled-1440");

  const lines = await saved(page);
  expect(lines[0]).toMatch(/^\ufeffDienstleister,Kunde,Stand,/);
  expect(lines.filter((l) => l.includes(provider.email))).toHaveLength(2);
  expect(lines.find((l) => l.includes("Haus B"))).toMatch(/,Haus B,Ja,an,Ja,aus,Ja,aus,Nein$/);

  // On paper: black on white, without the frame and its buttons, whatever page's styles have come after these.
  await page.locator("header [aria-haspopup=menu]").click();
  await page.getByRole("menuitem", { name: "Operator’s support" }).click();
  await page.getByRole("heading", { name: "Operator’s support" }).waitFor();
  await page.goBack();
  await page.locator("article").waitFor();
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const wide = page.locator("article").getByRole("group").first();
  expect(await wide.evaluate((e) => getComputedStyle(e).overflowX)).toBe("visible");
  expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(false);
  expect(await page.locator("header").first().isVisible()).toBe(false);
  expect(await page.locator("article").isVisible()).toBe(true);
  await look(page, "entitled-paper");
  await page.emulateMedia({ media: "screen" });

  // What the customer switches is on the next one.
  expect((await c.command("permissions", "console", "ask")).code).toBe(0);
  await until("the paper tells the switch", async () => {
    await page.reload();
    await page.locator("article").waitFor();
    return /Haus B\s+an\s+auf Anfrage\s+aus/.test(await page.locator("article").innerText());
  });

  await page.goto("/users");
  await page.getByRole("table", { name: "Users and rights" }).waitFor();
  expect(await complaints(page, "users")).toEqual([]);
  expect((await saved(page))[1]).toContain(`,${provider.email},Owner,all customers,`);
  await look(page, "users-1440");
});
