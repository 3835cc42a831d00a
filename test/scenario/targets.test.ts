/** What may be opened besides the console: from the print server's queues, from a table, by hand; changed and found again. */
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, look, openLocal } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { Visited } from "../harness/session.ts";
import { SettingsPage, settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const slow = 180_000;
const pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const table = `Name;Kind;Address;TLS;Certificate
MFP 2nd floor;mfp;https://203.0.113.7;pinned;${pin}
Scan service;print_service;http://203.0.113.8:8080;;
MFP 2nd floor;mfp;https://203.0.113.9;;
Ours;mfp;https://127.0.0.1;;
Odd;toaster;https://203.0.113.10;;
Nowhere;mfp;ftp://203.0.113.11;;
`;

test("R27 R28 R50 devices come from a table line by line, each with what is wrong with it, are changed and found, and the hub reads names and no address", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin);
  await site.goto(url.href);
  await site.locator("#targets summary").click();
  await hasText(site, /No device is named here/);
  await look(site, "targets-none");
  await site.getByRole("button", { name: "From a table (CSV)" }).click();
  await site.locator("#table").fill("no titles\nhere");
  await site.getByRole("button", { name: "Read the table" }).click();
  await hasText(site, /This is no such table/);
  await site.locator("#table").fill(table);
  await site.getByRole("button", { name: "Read the table" }).click();
  const lines = site.locator(".candidates li");
  await until("all lines are there", async () => (await lines.count()) === 6);
  const says = [/MFP 2nd floor/, /Scan service/, /Another one has this name/, /this machine’s own/, /This kind is not known/, /must be https/];
  for (const [i, words] of says.entries()) expect(await lines.nth(i).innerText()).toMatch(words);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-table");
  await site.getByRole("button", { name: "Look at 2 and add them" }).click();
  await site.getByRole("button", { name: "Change Scan service" }).waitFor();
  await site.getByRole("button", { name: "Change MFP 2nd floor" }).click();
  const form = site.locator("form.target").first();
  await form.getByLabel("Name").fill("MFP reception");
  await form.getByText("For devices with oddities").click();
  await form.getByLabel(/takes only bodies that say their length/).check();
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-change");
  await form.getByRole("button", { name: "Save" }).click();
  await site.getByRole("button", { name: "Change MFP reception" }).waitFor();

  const page = await SettingsPage.open(v.connector);
  const kept = (await page.call<{ items: { name: string; certificate: string | null; whole_bodies?: boolean; tls: string }[] }>("GET", "/api/targets")).body.items;
  expect(kept).toMatchObject([{ name: "MFP reception", certificate: pin, whole_bodies: true }, { name: "Scan service", tls: "plain" }]);
  const told = async () => (await v.provider.api.raw<{ items: { name: string | null }[] }>("GET", `/api/v1/sites/${v.site.id}/targets`)).body;
  await until("the hub knows both", async () => (await told()).items.length === 3);
  const text = JSON.stringify(await told());
  expect(text).toContain("MFP reception");
  expect(text).not.toMatch(/203\.0\.113/);
}, slow);

test("R28 devices come from the queues of this machine, each once, and those that are listed already are left out; many can be searched", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  for (const [name, uri] of [["floor1", "socket://203.0.113.21:9100"], ["floor1-draft", "socket://203.0.113.21:9100"], ["floor2", "ipp://203.0.113.22/ipp/print"]] as const)
    await v.cups.addQueue(name, uri);
  const page = await SettingsPage.open(v.connector);
  const queues = async () => (await page.call<{ items: { name: string; address: string; problem: string | null }[] }>("GET", "/api/targets/queues")).body.items;
  expect((await queues()).map((q) => [q.name, q.address, q.problem])).toEqual([
    ["floor1", "https://203.0.113.21", null],
    ["floor2", "https://203.0.113.22", null],
  ]);
  await page.call("POST", "/api/targets", { name: "floor2", kind: "mfp", address: "https://203.0.113.22", tls: "pinned", certificate: pin });
  expect((await queues()).map((q) => q.name)).toEqual(["floor1"]);
  for (let i = 0; i < 14; i++)
    expect((await page.call("POST", "/api/targets", { name: `MFP ${i}`, kind: "mfp", address: `http://198.51.100.${i + 1}`, tls: "plain" })).status).toBe(200);
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin, { width: 390, scheme: "dark" });
  await site.goto(url.href);
  await site.locator("#targets summary").click();
  await site.locator("#target-search").fill("100.13");
  await until("one is left", async () => (await site.locator("#targets .rows li").count()) === 1);
  await site.getByRole("button", { name: "From the print server’s queues" }).click();
  await hasText(site, /floor1/);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-phone");
}, slow);
