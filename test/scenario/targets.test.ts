/** What may be opened besides the console: from the print server's queues, from a table, by hand; changed and found again. */
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, look, openLocal } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { Island } from "../harness/island.ts";
import { Mfp } from "../harness/mfp.ts";
import { Program } from "../harness/program.ts";
import { Visited } from "../harness/session.ts";
import { SettingsPage, settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { Visit } from "../harness/visit.ts";

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
  await site.locator("#table").fill('name,address\nPlotter 24" A0,203.0.113.4\n,,\n"odd"ly,203.0.113.5');
  await site.getByRole("button", { name: "Read the table" }).click();
  await hasText(site, /Plotter 24" A0.*203.0.113.4\s+Line 4\s+This line cannot be read/);
  await site.getByRole("button", { name: "From a table (CSV)" }).click();
  await site.locator("#table").fill(table);
  await site.getByRole("button", { name: "Read the table" }).click();
  const lines = site.locator(".candidates li");
  await until("all lines are there", async () => (await lines.count()) === 6);
  const says = [/MFP 2nd floor/, /Scan service/, /Another one has this name/, /this machine’s own/, /This kind is not known/, /must be https/];
  for (const [i, words] of says.entries()) expect(await lines.nth(i).innerText()).toMatch(words);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-table");
  // However long the first takes, they come in the order of the table.
  await site.route("**/api/targets", async (route) => {
    if (route.request().postData()?.includes("MFP 2nd floor")) await new Promise((r) => setTimeout(r, 500));
    await route.continue();
  });
  await site.getByRole("button", { name: "Look at 2 and add them" }).click();
  await until("both are added", async () => (await site.locator("#targets .rows li").count()) === 2);
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
  // The one with a dot at its end is a name like others; what has no address says so.
  for (const [name, uri] of [["dotted", "socket://printer10.corp.example.:9100"], ["laser", "dnssd://HP%20LaserJet._ipp._tcp.local/?uuid=1c852a4d-b800-1f08-abcd-705a0f0a0b0c"], ["usb", "usb://HP/LaserJet?serial=1"]] as const)
    await v.cups.addQueue(name, uri);
  expect((await queues()).map((q) => [q.name, q.address, q.problem])).toEqual([
    ["dotted", "https://printer10.corp.example", null],
    ["floor1", "https://203.0.113.21", null],
    ["laser", null, "no_address"],
    ["usb", null, "no_address"],
  ]);
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
  await hasText(site, /names no address in the network/);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-phone");
}, slow);

test("by keyboard alone a device is changed and removed, which is asked once, and the place is never lost", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start();
  const page = await SettingsPage.open(v.connector);
  await page.call("POST", "/api/targets", { name: "Hall", kind: "mfp", address: "http://198.51.100.1", tls: "plain" });
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin);
  await site.goto(url.href);
  await site.locator("#targets summary").click();
  const press = async (name: string) => {
    await site.getByRole("button", { name, exact: true }).first().focus();
    await site.keyboard.press("Enter");
  };
  const isAt = (what: string) => until(`the focus is at ${what}`, () => site.locator(what).first().evaluate((e) => e === document.activeElement));

  await press("Change Hall");
  await isAt("form.target input");
  await press("Cancel");
  await isAt('button[aria-label="Change Hall"]');
  await press("Remove Hall");
  await hasText(site, /visits to it end at once/);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "targets-remove");
  await press("Cancel");
  await isAt('button[aria-label="Remove Hall"]');
  await press("Remove Hall");
  await press("Remove it now");
  await hasText(site, /No device is named here/);
  await isAt("#targets .fold-body > p");
  expect((await page.call<{ items: unknown[] }>("GET", "/api/targets")).body.items).toEqual([]);
}, slow);

/** As the settings page and targets.json have it. */
function fingerprint(mfp: Mfp): string {
  return new X509Certificate(readFileSync(mfp.certificate)).fingerprint256.replaceAll(":", "").toLowerCase();
}

async function addAll(site: Page, name: string): Promise<void> {
  await site.locator(".candidates li").filter({ hasText: name }).waitFor();
  await site.getByRole("button", { name: "Look at 1 and add it" }).click();
  await site.getByRole("button", { name: `Change ${name}` }).waitFor();
}

test("R27 R28 R50 devices from a queue and from a table are looked at, added with the certificate they show, and opened; with another they are not", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing() || Island.missing);
  const island = Island.make();
  const start = (title: string, port: number) => Mfp.start({ title }, { listen: `${island.theirs}:${port}`, tls: "mfp.example", inside: island.inside });
  const [floor, hall] = [await start("Floor one", 443), await start("The hall", 8443)];
  const v = await Visited.start();
  await v.allow("on", "mfp");
  await v.cups.addQueue("floor1", `ipp://${island.theirs}/ipp/print`);
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin);
  await site.goto(url.href);
  await site.locator("#targets summary").click();
  await site.getByRole("button", { name: "From the print server’s queues" }).click();
  await addAll(site, "floor1");
  await site.getByRole("button", { name: "From a table (CSV)" }).click();
  await site.locator("#table").fill(`name;kind;address\nHall;mfp;https://${island.theirs}:8443\n`);
  await site.getByRole("button", { name: "Read the table" }).click();
  await addAll(site, "Hall");
  await look(site, "targets-added");

  // What was seen at one address says nothing of the one that was typed meanwhile.
  const fresh = site.locator("form.target").last();
  await fresh.getByLabel("Name").fill("Elsewhere");
  await fresh.getByLabel("Address").fill(`https://${island.theirs}`);
  await site.route("**/api/targets/look", async (route) => {
    await fresh.getByLabel("Address").fill(`https://${island.theirs}:8443`);
    await route.continue();
  }, { times: 1 });
  const seen = site.waitForResponse("**/api/targets/look");
  await fresh.getByRole("button", { name: "Look at this address" }).click();
  expect((await (await seen).text())).toContain(fingerprint(floor));
  await until("it has been looked at", () => fresh.locator("button[type=submit]").isEnabled());
  expect(await fresh.innerText()).not.toContain(fingerprint(floor));
  await fresh.getByRole("button", { name: "Look at this address" }).click();
  await hasText(site, new RegExp(fingerprint(hall)));
  await fresh.getByLabel("Address").fill("");

  const page = await SettingsPage.open(v.connector);
  const kept = (await page.call<{ items: { id: string; name: string; certificate: string | null; tls: string }[] }>("GET", "/api/targets")).body.items;
  expect(kept.map((t) => [t.name, t.tls, t.certificate])).toEqual([
    ["floor1", "pinned", fingerprint(floor)],
    ["Hall", "pinned", fingerprint(hall)],
  ]);
  const visits: Visit[] = [];
  for (const [i, title] of ["Floor one", "The hall"].entries()) {
    const target = kept[i]!.id;
    await until("the hub knows it", async () =>
      (await v.provider.api.raw<{ items: { id: string }[] }>("GET", `/api/v1/sites/${v.site.id}/targets`)).body.items.some((t) => t.id === target),
    );
    const visit = await Visit.open(v.hub, v.provider, v.site, target);
    expect((await visit.get("/start/start.htm")).text).toContain(`<title>${title}</title>`);
    visits.push(visit);
  }
  hall.change({ http10: true }); // which ends each connection: what is kept open has been looked at
  hall.newCertificate("mfp.example");
  const refused = await until("it shows another certificate", async () => {
    const one = await visits[1]!.get("/start/start.htm");
    return one.status !== 200 && one;
  });
  expect([refused.status, refused.text.includes("another certificate")]).toEqual([502, true]);
  expect((await visits[0]!.get("/start/start.htm")).status).toBe(200);
}, slow);

/** A device that says by which port it was reached, and has a page without an end. */
const twoPorts = `const http = require("node:http");
for (const port of [8080, 8081]) http.createServer((q, a) => {
  if (q.url !== "/endless") return a.end("port " + port);
  const more = setInterval(() => a.write("x".repeat(1000)), 50);
  a.on("close", () => clearInterval(more));
}).listen(port, "0.0.0.0", () => console.log("listens at " + port));`;

test("R27 a device that is given another address is reached there alone, and one that is taken away ends its visits", async (ctx) => {
  needs(ctx, cupsMissing() || Island.missing);
  const island = Island.make();
  const device = Program.start(process.execPath, ["-e", twoPorts], { inside: island.inside, foreign: true });
  await until("the device is there", () => /8080/.test(device.stdout) && /8081/.test(device.stdout));
  const v = await Visited.start();
  await v.allow("on", "mfp");
  const page = await SettingsPage.open(v.connector);
  const put = (port: number, id?: string) =>
    page.call<{ items: { id: string }[] }>("POST", "/api/targets", { id, name: "Hall", kind: "mfp", address: `http://${island.theirs}:${port}`, tls: "plain" });
  const id = (await put(8080)).body.items[0]!.id;
  await until("the hub knows it", async () =>
    (await v.provider.api.raw<{ items: { id: string }[] }>("GET", `/api/v1/sites/${v.site.id}/targets`)).body.items.some((t) => t.id === id),
  );
  const visit = await Visit.open(v.hub, v.provider, v.site, id);
  const idle = await v.asked(id, "nothing yet");
  await v.is(idle, "open");
  expect((await visit.get("/")).text).toBe("port 8080");
  const endless = await visit.begin("GET", "/endless");
  let octets = 0;
  const cut = new Promise<string>((done) => {
    endless.on("data", (d: Buffer) => (octets += d.length));
    for (const event of ["end", "aborted", "error"]) endless.on(event, () => done(event));
  });
  await until("it runs", () => octets > 2000);
  expect((await put(8081, id)).status).toBe(200);
  expect(await cut).not.toBe("end");
  expect((await visit.get("/")).text).toBe("port 8081");

  expect((await page.call("DELETE", `/api/targets/${id}`)).status).toBe(200);
  await until("its visit is over", async () => (await visit.get("/")).status === 410);
  await v.is(idle, "ended", "customer");
}, slow);

const silent = `require("node:net").createServer(() => {}).listen(443, "0.0.0.0", () => console.log("listens"));`;

test("what the settings page has under way when options are saved is answered, and the connector goes on", async (ctx) => {
  needs(ctx, cupsMissing() || Island.missing);
  const island = Island.make();
  const device = Program.start(process.execPath, ["-e", silent], { inside: island.inside, foreign: true });
  await until("the device is there", () => /listens/.test(device.stdout));
  const asked: Socket[] = [];
  const cups = createServer((s) => void asked.push(s.on("error", () => {}))).listen(0, "127.0.0.1");
  onTestFinished(() => void cups.close());
  await until("the other is there", () => cups.address() !== null);
  const v = await Visited.start();
  const page = await SettingsPage.open(v.connector);
  const save = (server: string | null) => page.call("POST", "/api/options", { items: [{ name: "source.cups.server", value: server }] });
  const { port } = cups.address() as { port: number };
  expect((await save(`http://127.0.0.1:${port}`)).status).toBe(200);
  await until("it is read", () => asked.length > 0);
  const looks = [1, 2].map(() => page.call<{ code: string }>("POST", "/api/targets/look", { address: `https://${island.theirs}` }));
  const before = asked.length;
  const gone = new AbortController();
  const queues = [
    page.call("GET", "/api/targets/queues").then((a) => a.status),
    page.call("GET", "/api/targets/queues", undefined, {}, gone.signal).catch(() => "gone"),
  ];
  await until("all are under way", () => asked.length >= before + 2);
  expect((await save(v.cups.socket)).status).toBe(200);
  for (const seen of await Promise.all(looks)) expect([seen.status, seen.body.code]).toEqual([200, "cancelled"]);
  gone.abort();
  expect(await queues[1]).toBe("gone");
  for (const s of asked) s.destroy();
  expect(await queues[0]).toBeGreaterThanOrEqual(500);
  expect((await page.call("GET", "/api/targets/queues")).status).toBe(200);
}, slow);

test("R27 R51 the hub has the targets that the site has: after an edit by hand, damage, repair, and what was changed while it was away", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const page = await SettingsPage.open(v.connector);
  const file = join(v.connector.dir, "targets.json");
  const has = (names: string[]) =>
    until(`the hub has ${names.join(" and ") || "none"}`, async () => {
      const all = (await v.provider.api.raw<{ items: { kind: string; name: string | null }[] }>("GET", `/api/v1/sites/${v.site.id}/targets`)).body.items;
      return JSON.stringify(all.filter((t) => t.kind !== "console").map((t) => t.name).sort()) === JSON.stringify(names.sort());
    });
  const put = (name: string, address: string) => page.call<{ items: { id: string }[] }>("POST", "/api/targets", { name, kind: "mfp", address, tls: "plain" });
  await put("Hall", "http://203.0.113.4");
  await has(["Hall"]);
  const one = readFileSync(file, "utf8");
  await put("Floor", "http://203.0.113.5");
  await has(["Hall", "Floor"]);
  writeFileSync(file, "{ oops");
  await has([]);
  writeFileSync(file, one); // of an older count, too
  await has(["Hall"]);
  writeFileSync(file, one.replace("Hall", "Lobby"));
  await has(["Lobby"]);
  await v.hub.program.stop();
  const { id } = (await page.call<{ items: { id: string }[] }>("GET", "/api/targets")).body.items[0]!;
  expect((await page.call("DELETE", `/api/targets/${id}`)).status).toBe(200);
  await v.connector.program!.stop();
  await v.hub.serve();
  v.connector.run();
  await has([]);
  expect(readFileSync(file, "utf8")).not.toContain("203.0.113");
}, slow);
