/* The customer's settings page: the way in, who is kept out, and that what is set there holds. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, look, openLocal } from "../harness/browser.ts";
import { Connector, offer } from "../harness/connector.ts";
import { CODE, HostileHub } from "../harness/hostile.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { freePort, root } from "../harness/place.ts";
import { plain, type Plain, SettingsPage, settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import type { Named, Site } from "../harness/api.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

interface Place {
  hub: Hub;
  provider: Provider;
  site: Named;
  papercut: PaperCut;
  connector: Connector;
}

async function place(options: Record<string, string> = {}): Promise<Place> {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const connector = await Connector.forSite(hub, provider, site, { ...papercut.source, ...options });
  return { hub, provider, site, papercut, connector };
}

const siteOf = (p: Place): Promise<Site> => p.provider.api.site(p.site.id);

/** A listener of somebody else's. */
async function squat(port: number): Promise<Server> {
  const s = createServer((_, res) => res.end("I am another program"));
  await new Promise<void>((done) => s.listen(port, "127.0.0.1", done));
  onTestFinished(() => void s.close());
  return s;
}

test("R21 R22 settings.url is an Internet shortcut that opens the page in a browser", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  const file = join(p.connector.dir, "settings.url");
  const url = await settingsUrl(p.connector);
  expect(readFileSync(file, "utf8")).toMatch(/^\[InternetShortcut\]\r\nURL=http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}\r\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const printed = await p.connector.command("settings");
  expect(printed.stdout).toBe(`${url.href}\n`);

  await until("the first report is sent", async () => (await siteOf(p)).server !== null);
  const page = await openLocal(url.origin);
  await page.goto(url.href);
  await page.getByRole("heading", { name: "Remote support by ACME Print" }).waitFor();
  expect(new URL(page.url()).hash).toBe("");
  await until("what was sent last is on it", async () => /Last sent .*kB|Last sent .*byte/.test(await page.locator("body").innerText()));

  await page.reload();
  await page.getByRole("heading", { name: "Remote support by ACME Print" }).waitFor();

  const other = await openLocal(url.origin);
  await other.goto(url.href);
  await other.getByRole("heading", { name: "This link has been used" }).waitFor();
  await other.goto((await settingsUrl(p.connector)).href);
  await other.getByRole("heading", { name: "Remote support by ACME Print" }).waitFor();
});

/* PaperCut's own tab came with 20.1; ours is the same page on every version, also on one that nobody can read. */
test("R20 R21 R23 the page is there, and its switches hold, whatever version the print server has", async () => {
  const p = await place();
  for (const version of ["9.7.1", "20.0.4 (Build 55000)", "20.1.0 (Build 57000)", "20.10.2", "v?"]) {
    p.papercut.change({ version });
    const page = await SettingsPage.open(p.connector);
    const read = version.split(" ")[0]!;
    await until(`it shows ${version}`, async () => version === "v?" || (await page.state()).source.version?.startsWith(read));
    for (const to of ["on", "off"]) {
      expect((await page.turn("console", to)).permissions.console.state).toBe(to);
      await until("the provider sees it", async () => (await siteOf(p)).permissions?.console === to);
    }
  }
});

test("R29 an off that the disk does not take holds at once, the page and the command say so, and it is written when it can be", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  const page = await SettingsPage.open(p.connector);
  const url = await settingsUrl(p.connector);
  const browser = await openLocal(url.origin);
  await browser.goto(url.href);
  const monitoring = browser.getByRole("switch", { name: /See how the print system works/ });
  await monitoring.waitFor();
  await page.turn("mfp", "on");
  const file = () => JSON.parse(p.connector.read("permissions.json")) as { monitoring: string; mfp: string; revision: number };

  // Nobody can write the file whose lock is a folder.
  const lock = join(p.connector.dir, "permissions.json.lock");
  rmSync(lock);
  mkdirSync(lock);
  await monitoring.click();
  await until("the page shows it off", async () => (await monitoring.getAttribute("aria-checked")) === "false");
  await browser.getByText("could not be written to this machine’s disk").waitFor();
  await browser.getByText("is not written to the disk yet").waitFor();
  await until("the hub knows", async () => (await siteOf(p)).status === "monitoring_off");
  expect(file().monitoring).toBe("on");
  expect(await page.call("POST", "/api/switches", { permission: "mfp", to: "ask" })).toMatchObject({ status: 503, body: { code: "unwritten" } });
  expect((await page.state()).permissions).toMatchObject({ monitoring: { state: "off", unwritten: true }, console: { unwritten: false }, mfp: { set: "ask", unwritten: true } });
  // To more it cannot be turned.
  expect(await page.call("POST", "/api/switches", { permission: "monitoring", to: "on" })).toMatchObject({ status: 503, body: { code: "not_written" } });
  expect(await page.call("POST", "/api/switches", { permission: "mfp", to: "on" })).toMatchObject({ status: 503, body: { code: "not_written" } });
  expect((await page.state()).permissions).toMatchObject({ monitoring: { state: "off" }, mfp: { set: "ask" } });
  const typed = await p.connector.command("permissions", "mfp", "off", "--language", "en");
  expect(typed).toMatchObject({ code: 1, stderr: expect.stringContaining("holds from this moment") as string });
  expect((await page.state()).permissions.mfp).toMatchObject({ set: "off", unwritten: true });
  expect(await page.call("POST", "/api/contact", { on: false })).toMatchObject({ status: 503, body: { code: "unwritten" } });
  expect((await page.state()).permissions.silent).toBe(true);

  rmdirSync(lock);
  await until("it is written", () => file().monitoring === "off" && file().mfp === "off");
  await until("nothing is only held", async () => Object.values((await page.state()).permissions).every((s) => !(s as { unwritten?: boolean }).unwritten));
  expect((await page.turn("monitoring", "on")).permissions.monitoring.state).toBe("on");
  await until("the hub knows that, too", async () => (await siteOf(p)).status === "ok");
});

test("R16 there are exactly three permission types, wherever they are shown, kept, typed or told", async () => {
  const three = ["console", "mfp", "monitoring"];
  const p = await place();
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  const page = await SettingsPage.open(p.connector);
  const switches = Object.entries((await page.state()).permissions).filter(([, value]) => typeof value === "object");
  expect(switches.map(([name]) => name).sort()).toEqual(three);
  expect(Object.keys((await siteOf(p)).permissions!).sort()).toEqual(three);

  // In all that can be called at the hub, what names one of them and others beside it names these three.
  const { body } = await p.provider.api.raw<object>("GET", "/openapi.json");
  const named: string[][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const words = Array.isArray(value) ? value.filter((v) => typeof v === "string") : Object.keys(value);
    if (words.includes("monitoring") && words.length > 1) named.push(words);
    Object.values(value).forEach(walk);
  };
  walk(body);
  expect(named.length).toBeGreaterThan(1);
  // Beside them stands only what says which telling it was.
  for (const words of named) expect(words.filter((w) => !["revision", "at", "silent"].includes(w)).sort()).toEqual(three);

  for (const name of ["usage", "spool", "files", "settings", "all"]) {
    expect((await p.connector.command("permissions", name, "on")).code).not.toBe(0);
    expect((await page.call("POST", "/api/switches", { permission: name, to: "on" })).status).toBe(400);
  }
  expect((await siteOf(p)).permissions).toEqual({ monitoring: "on", console: "off", mfp: "off" });
  const kept = Object.keys(JSON.parse(p.connector.read("permissions.json")) as object);
  expect(kept.filter((name) => !/_rule$|^(revision|at|off_revision|silent)$/.test(name)).sort()).toEqual(three);
});

test("R24 R29 monitoring turned off on the page holds within a second, and on the hub it is no failure", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  const url = await settingsUrl(p.connector);
  const page = await openLocal(url.origin);
  await page.goto(url.href);
  const monitoring = page.getByRole("switch", { name: /See how the print system works/ });
  await monitoring.click();
  await until("the hub knows", async () => (await siteOf(p)).status === "monitoring_off", 1000);
  await page.getByText("Nothing is read and nothing is sent.").waitFor();
  expect((await siteOf(p)).permissions).toEqual({ monitoring: "off", console: "off", mfp: "off" });
});

test("R24 R29 monitoring off discards what was not sent", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await until("the first report is sent", async () => (await page.state()).line.sent_at !== null);
  await p.hub.program.stop();
  p.papercut.change({ disk_used_percent: 77 });
  await until("a report waits", async () => (await page.state()).line.waiting > 0);
  const after = await page.turn("monitoring", "off");
  expect(after.permissions.monitoring.state).toBe("off");
  await until("it is gone", async () => (await page.state()).line.waiting === 0, 1000);
});

/** All records that lie on this machine, sent or not. */
const recorded = (c: Connector): string =>
  readdirSync(join(c.dir, "outbox")).map((name) => readFileSync(join(c.dir, "outbox", name), "latin1")).join("");

test("R24 R29 monitoring off and on again while the connector is stopped discards what was not sent", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await until("the first report is sent", async () => (await page.state()).line.sent_at !== null);
  await p.hub.program.stop();
  p.papercut.change({ disk_used_percent: 77 });
  // Any other change of the print server may be what waits first.
  await until("what was read before the off waits", () => recorded(p.connector).includes('"disk_used_percent":77'));
  // Nobody took its call: it is known that none of it has left.
  await until("no call is under way", async () => !/ tried /.test((await p.connector.command("ledger")).stdout));
  await p.connector.program!.stop();
  await p.connector.monitoring("off");
  await p.connector.monitoring("on");
  p.papercut.change({ disk_used_percent: 12 });
  await p.hub.serve();
  p.connector.run();
  // The newest goes first: what else waited would follow it.
  const again = await SettingsPage.open(p.connector);
  await until("what is read now is sent", async () => recorded(p.connector).includes('"disk_used_percent":12') && (await again.state()).line.waiting === 0, 40_000);
  await p.connector.program!.stop();
  expect(recorded(p.connector)).toContain('"reason":"monitoring_off"');
  // What was thrown away was never sent: what may have been is kept.
  expect(recorded(p.connector)).not.toContain('"disk_used_percent":77');
});

test("R17 all eight combinations of the switches hold, each alone", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  for (let bits = 7; bits >= 0; bits--) {
    const want = {
      monitoring: bits & 1 ? "on" : "off",
      console: bits & 2 ? "ask" : "off",
      mfp: bits & 4 ? "on" : "off",
    };
    for (const [name, to] of Object.entries(want)) await page.turn(name, to);
    const { permissions } = await page.state();
    expect({
      monitoring: permissions.monitoring.state,
      console: permissions.console.state,
      mfp: permissions.mfp.state,
    }).toEqual(want);
    await until("the hub is told", async () => JSON.stringify((await siteOf(p)).permissions) === JSON.stringify(want));
    const reports = (await siteOf(p)).status !== "monitoring_off";
    expect(reports).toBe(want.monitoring === "on");
  }
});

test("R18 with all three off the fourth button ends polls, too, and a switch begins them again", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  const early = await page.call("POST", "/api/contact", { on: false });
  expect(early.status).toBe(409);
  const typed = await p.connector.command("permissions", "contact", "off");
  expect(typed).toMatchObject({ code: 1, stderr: expect.stringContaining("turn them off first") });
  await page.turn("monitoring", "off");
  await until("it is told", async () => (await page.state()).permissions.told);
  expect((await page.call("POST", "/api/contact", { on: false })).status).toBe(200);
  await until("the line is down", async () => !(await page.state()).line.online);
  const seen = (await siteOf(p)).last_seen;
  await page.turn("monitoring", "on");
  await until("the line is up", async () => (await page.state()).line.online);
  await until("the hub has heard of it", async () => (await siteOf(p)).last_seen !== seen);
});

test("on has an end when the customer wants one, and windows are granted in advance", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await page.turn("console", "ask");
  const on = await page.turn("console", "on", 8 * 3600);
  expect(on.permissions.console).toMatchObject({ state: "on", set: "on", then: "ask" });
  expect(Date.parse(on.permissions.console.until!) - Date.now()).toBeGreaterThan(7.9 * 3600_000);
  await page.turn("console", "ask");
  const window = { from: new Date(Date.now() + 1500).toISOString(), to: new Date(Date.now() + 3600_000).toISOString() };
  expect((await page.call("POST", "/api/windows", { permission: "console", ...window })).status).toBe(200);
  expect((await page.state()).permissions.console).toMatchObject({ state: "ask", windows: [window] });
  await until("its time has come", async () => (await page.state()).permissions.console.state === "on");
  await until("the hub is told", async () => (await siteOf(p)).permissions?.console === "on");
  expect((await page.call("POST", "/api/windows/end", { permission: "console", ...window })).status).toBe(200);
  await until("the hub is told", async () => (await siteOf(p)).permissions?.console === "ask");
  // As the shell shows it, by the clock on the wall, it takes it back.
  expect((await page.call("POST", "/api/windows", { permission: "console", ...window })).status).toBe(200);
  const [, from, to] = /granted from (\S+) to (\S+)/.exec((await p.connector.command("permissions")).stdout)!;
  expect([from, to].map((at) => Date.parse(at!))).toEqual([window.from, window.to].map((at) => Date.parse(at)));
  expect(await p.connector.command("permissions", "console", "off", "--from", from!, "--to", to!)).toMatchObject({ code: 0, stderr: "" });
  expect((await page.state()).permissions.console.windows).toEqual([]);
});

test("what the shell does not turn or grant, it says why", async () => {
  const p = await place();
  const from = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const window = (begin: number, end: number) => ["console", "ask", "--from", from(begin), "--to", from(end)];
  for (const words of [
    ["console", "ask", "--for", "8h"],
    ["console", "off", "--for", "8h"],
    ["monitoring", "on", "--for", "8h"],
    ["monitoring", "off", "--from", from(1), "--to", from(2)],
    ["monitoring", "hours", "mo-fr 08:00-17:00"],
  ])
    expect([words, await p.connector.command("permissions", ...words)]).toMatchObject([words, { code: 2, stdout: "", stderr: expect.stringContaining("console|mfp on [--for") }]);
  for (const words of [window(-2, -1), window(2, 1), window(1, 9)]) {
    const said = await p.connector.command("permissions", ...words, "--language", "en");
    expect(said).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("has to end after it begins") });
  }
});

test("why a window is not granted is said on the page", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await page.turn("mfp", "ask");
  const url = await settingsUrl(p.connector);
  const browser = await openLocal(url.origin);
  await browser.goto(url.href);
  await browser.getByRole("button", { name: "Grant a visit in advance" }).click();
  const grant = browser.getByRole("button", { name: "Grant", exact: true });
  await browser.getByLabel("To", { exact: true }).fill("2020-01-01T00:00");
  await grant.click();
  await browser.getByText("it has to end after it begins").waitFor();
  const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();
  for (let n = 1; n <= 8; n++)
    expect((await page.call("POST", "/api/windows", { permission: "mfp", from: day(n), to: day(n + 0.5) })).status).toBe(200);
  await browser.getByLabel("To", { exact: true }).fill(day(1).slice(0, 16));
  await grant.click();
  await browser.getByText("has eight windows already").waitFor();
  expect((await page.state()).permissions.mfp.windows).toHaveLength(8);
});

test("the secret is good once; a wrong one, or none, opens nothing", async () => {
  const p = await place();
  const url = await settingsUrl(p.connector);
  const secret = url.hash.slice(1);
  expect((await SettingsPage.spend(url.origin, "x".repeat(43))).status).toBe(403);
  const first = await SettingsPage.spend(url.origin, secret);
  expect(first.status).toBe(201);
  expect(first.headers["set-cookie"]).toBeUndefined();
  const second = await SettingsPage.spend(url.origin, secret);
  expect([second.status, second.body.code]).toEqual([403, "link_spent"]);
  expect((await settingsUrl(p.connector)).hash).not.toBe(url.hash);

  const without = await plain<{ code: string }>(`${url.origin}/api/state`);
  expect([without.status, without.body.code]).toEqual([401, "unauthenticated"]);
  const many = [];
  for (let i = 0; i < 12; i++) many.push((await SettingsPage.spend(url.origin, `guess${i}`)).status);
  expect(many).toContain(429);
  // Nobody shuts the customer out by guessing.
  await SettingsPage.open(p.connector);
});

test("a name that leads here by DNS, another page's call, a simple form and a frame get nowhere", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  const { port } = new URL(page.origin);
  for (const host of [`rebound.example.test:${port}`, `localhost:${port}`, "127.0.0.1", `127.0.0.1:${Number(port) + 1}`])
    expect(`${host} ${(await page.call("GET", "/api/state", undefined, { host })).status}`).toBe(`${host} 421`);
  expect((await page.call("GET", "/", undefined, { host: `rebound.example.test:${port}` })).status).toBe(421);

  const turn = { permission: "monitoring", to: "off" };
  const foreign = await page.call("POST", "/api/switches", turn, { origin: "https://evil.example.test" });
  expect([foreign.status, foreign.body.code]).toEqual([403, "origin"]);
  expect((await page.call("POST", "/api/switches", turn, { origin: "null" })).status).toBe(403);
  expect((await page.call("POST", "/api/switches", turn, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await page.call("GET", "/api/state", undefined, { origin: "https://evil.example.test" })).status).toBe(403);
  expect((await page.call("GET", "/api/state", undefined, { "sec-fetch-site": "same-site" })).status).toBe(403);
  const noOrigin = await plain(`${page.origin}/api/switches`, {
    method: "POST",
    headers: { "x-imprimatur-token": page.token, "content-type": "application/json" },
    body: JSON.stringify(turn),
  });
  expect(noOrigin.status).toBe(403);
  const simple = await plain(`${page.origin}/api/token`, {
    method: "POST",
    headers: { origin: page.origin, "content-type": "text/plain" },
    body: JSON.stringify({ secret: "x" }),
  });
  expect(simple.status).toBe(415);
  expect((await plain(`${page.origin}/api/switches`, { method: "OPTIONS" })).headers["access-control-allow-origin"]).toBeUndefined();

  const document = await plain(`${page.origin}/`);
  expect(document.status).toBe(200);
  expect(document.headers["content-security-policy"]).toMatch(/frame-ancestors 'none'/);
  expect(document.headers["content-security-policy"]).not.toMatch(/unsafe/);
  expect(document.headers["referrer-policy"]).toBe("no-referrer");
  expect(document.headers["cache-control"]).toBe("no-store");
  expect((await page.state()).permissions.monitoring.state).toBe("on");
});

test("the page closes itself when the connector starts anew, and on demand", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  expect((await page.call("DELETE", "/api/token")).status).toBe(204);
  expect((await page.call("GET", "/api/state")).status).toBe(401);
  const again = await SettingsPage.open(p.connector);
  await p.connector.program!.stop();
  expect(existsSync(join(p.connector.dir, "settings.url"))).toBe(false);
  p.connector.run();
  const url = await settingsUrl(p.connector);
  const old = await plain(`${url.origin}/api/state`, { headers: { "x-imprimatur-token": again.token } });
  expect(old.status).toBe(401);
});

test("R66 other users of the machine cannot read settings.url", async (ctx) => {
  needs(ctx, process.getuid?.() === 0 ? "" : "only root can become another user");
  const p = await place();
  const file = join(p.connector.dir, "settings.url");
  await settingsUrl(p.connector);
  execFileSync("chmod", ["755", p.connector.dir, join(p.connector.dir, "..")]);
  const read = (user: string[]) => {
    try {
      return execFileSync("setpriv", [...user, "cat", file], { stdio: ["ignore", "pipe", "ignore"] }).length;
    } catch {
      return 0;
    }
  };
  expect(read([])).toBeGreaterThan(0);
  expect(read(["--reuid=65534", "--regid=65534", "--clear-groups"])).toBe(0);
});

test("a port that another program has: said in log and status, tried again, and no secret for a stranger", async () => {
  const port = await freePort();
  const p = await place({ "settings.listen": `127.0.0.1:${port}` });
  await settingsUrl(p.connector);
  await p.connector.program!.kill9();
  expect(existsSync(join(p.connector.dir, "settings.url"))).toBe(true);
  const other = await squat(port);
  p.connector.run();
  await until("the log says so", () => p.connector.program!.stderr.includes("settings_taken"));
  await until("it reports all the same", async () => (await siteOf(p)).status === "ok");
  expect(existsSync(join(p.connector.dir, "settings.url"))).toBe(false);
  await until("status says so", async () => /taken by another program/.test((await p.connector.command("status")).stdout));
  const none = await p.connector.command("settings");
  expect([none.code, none.stdout]).toEqual([1, ""]);
  other.close();
  other.closeAllConnections();
  const url = await settingsUrl(p.connector);
  expect(url.port).toBe(String(port));
  await SettingsPage.open(p.connector);
});

test("a socket that the service manager holds is taken over", async () => {
  const port = await freePort();
  const held = await squat(port);
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await settingsUrl(c);
  await c.program!.stop();
  const fd = (held as unknown as { _handle: { fd: number } })._handle.fd;
  c.runWithSocket(fd, "settings");
  expect((await settingsUrl(c)).port).toBe(String(port));
  held.unref();
});

test("off means off", async () => {
  const p = await place({ "settings.listen": "off" });
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  expect(existsSync(join(p.connector.dir, "settings.url"))).toBe(false);
  const r = await new Connector(p.hub).enroll("DE-0", { "settings.listen": "0.0.0.0:8000" }, "0".repeat(64));
  expect([r.code, r.stderr]).toEqual([2, expect.stringMatching(/settings\.listen/)]);
});

test("R19 nothing the hub can say turns a switch or reaches the page", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  const before = readFileSync(join(p.connector.dir, "permissions.json"), "utf8");
  const routes = (await p.hub.http().json<{ paths: Record<string, Record<string, { "x-right": string; "x-change": string }>> }>("GET", "/openapi.json")).body.paths;
  const turns = Object.entries(routes).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, o]) => o["x-change"] === "permission_changed").map(([m, o]) => `${m} ${path} ${o["x-right"]}`),
  );
  // The one route that changes what the hub believes is signed by the connector itself.
  expect(turns).toEqual(["post /c/v1/permissions signed"]);
  await p.provider.api.raw("POST", `/api/v1/sites/${p.site.id}/refresh`, {});
  await until("the command came", () => p.connector.program!.stderr.includes("event=command"));
  expect(readFileSync(join(p.connector.dir, "permissions.json"), "utf8")).toBe(before);
  const listeners = execFileSync("cat", ["/proc/net/tcp"], { encoding: "utf8" })
    .split("\n")
    .filter((l) => l.split(/\s+/)[4] === "0A" && parseInt(l.split(/\s+/)[2]!.split(":")[1]!, 16) === Number(new URL(page.origin).port));
  expect(listeners.map((l) => l.split(/\s+/)[2]!.split(":")[0])).toEqual(["0100007F"]);
});

test("R64 the ledger shows every record with its purposes and its exact bytes", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  for (const disk_used_percent of [11, 22, 33]) {
    p.papercut.change({ disk_used_percent });
    await until("it is sent", async () => (await page.call("GET", "/api/ledger")).text.includes('"acked"') && (await siteOf(p)).health !== null);
  }
  interface Row { segment: number; seq: number; bytes: number; purposes: string[]; state: string; kind: string }
  const all: Row[] = [];
  type Place = { segment: number; before: number } | null;
  let next: Place = null;
  do {
    const query: string = next ? `&segment=${next.segment}&before=${next.before}` : "";
    const a: Plain<{ items: Row[]; next: Place }> = await page.call("GET", `/api/ledger?limit=1${query}`);
    all.push(...a.body.items);
    next = a.body.items.length ? a.body.next : null;
  } while (next);
  expect(all.map((r) => r.seq)).toEqual(all.map((_, i) => all.length - i));
  expect(all.at(-1)!.purposes).toContain("devices");
  for (const r of all) {
    const raw = await page.call("GET", `/api/records?segment=${r.segment}&seq=${r.seq}`);
    expect(Buffer.byteLength(raw.text)).toBe(r.bytes);
    expect(raw.text).toBe((await p.connector.command("ledger", "--seq", String(r.seq))).stdout);
  }
  expect((await page.call("GET", "/api/records?segment=1&seq=99999")).status).toBe(404);
});

test("the source is changed on the page; a secret never comes out, not even to another address", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await until("it is read", async () => (await page.state()).source.state === "ok");
  const shown = await page.call("GET", "/api/options");
  expect(shown.text).not.toContain(p.papercut.key);
  expect(shown.text).toContain('"source.papercut.key"');

  const elsewhere = await page.call("POST", "/api/options", { items: [{ name: "source.papercut.url", value: "http://127.0.0.1:9" }] });
  expect([elsewhere.status, elsewhere.body.code, elsewhere.body.field]).toEqual([400, "secret_needed", "source.papercut.key"]);
  const token = { name: "source.papercut.token", value: "t".repeat(20) };
  expect((await page.call("POST", "/api/options", { items: [token] })).text).not.toContain(token.value);
  const other = [{ name: "source.papercut.url", value: "http://127.0.0.1:9" }, { name: "source.papercut.key", value: "k".repeat(32) }];
  const stolen = await page.call("POST", "/api/options", { items: other });
  expect([stolen.status, stolen.body.code, stolen.body.field]).toEqual([400, "secret_needed", token.name]);
  const bad = await page.call("POST", "/api/options", { items: [{ name: "source.interval", value: "often" }] });
  expect([bad.status, bad.body.code, bad.body.field]).toEqual([400, "invalid", "source.interval"]);
  const hidden = await page.call("POST", "/api/options", { items: [{ name: "hub.url", value: "https://evil.example.test" }] });
  expect([hidden.status, hidden.body.field]).toEqual([400, "hub.url"]);
  const lines = await page.call("POST", "/api/options", { items: [{ name: "source.papercut.key", value: "x\nhub.url = https://evil.example.test" }] });
  expect(lines.status).toBe(400);

  const wrong = await page.call("POST", "/api/options", { items: [{ name: "source.papercut.key", value: "f".repeat(32) }] });
  expect(wrong.status).toBe(200);
  await until("the new key is used", async () => (await page.state()).source.state === "key_refused");
  await page.call("POST", "/api/options", { items: [{ name: "source.papercut.key", value: p.papercut.key }] });
  await until("and again the right one", async () => (await page.state()).source.state === "ok");
  expect(p.connector.read("connector.conf")).toContain(`hub.url = ${p.hub.url}\n`);
});

test("options that cannot be used leave the connector running with those it had", async () => {
  const p = await place({ "proxy.url": "none" });
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  await p.connector.program!.stop();
  p.connector.run({ https_proxy: "ftp://bad proxy" });
  const page = await SettingsPage.open(p.connector);
  const back = await page.call("POST", "/api/options", { items: [{ name: "proxy.url", value: null }] });
  expect(back.status).toBe(200);
  await until("it says what is wrong", () => /config_bad/.test(p.connector.program!.stderr));
  p.papercut.change({ disk_used_percent: 77 });
  await until("it reports on", async () => (await p.provider.api.series(p.site.id, "name=disk_used_percent")).points.at(-1)?.[1] === 77, 40_000);
});

test("R64 a connector whose place another has taken says so, not that the provider ended it", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  const url = await settingsUrl(p.connector);
  const page = await openLocal(url.origin);
  await page.goto(url.href);
  await page.getByRole("heading", { name: "Remote support by ACME Print" }).waitFor();
  const { code } = await p.provider.api.invite(p.site);
  await new HandConnector(p.hub).enroll(code, await offer(p.hub, code));
  await page.getByText("Another connector has taken this one’s place at ACME Print").waitFor();
  expect(await page.locator("body").innerText()).not.toContain("has ended the connection");
});

test("R15 leaving ends everything: the hub is told, the folder holds the record of consent and nothing else", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await until("it reports", async () => (await siteOf(p)).status === "ok");
  const no = await page.call("POST", "/api/leave", { provider: "Somebody Else" });
  expect([no.status, no.body.field]).toEqual([400, "provider"]);
  const left = await page.call<{ told: boolean }>("POST", "/api/leave", { provider: "ACME Print" });
  expect([left.status, left.body]).toEqual([200, { told: true }]);
  expect(await p.connector.program!.ended).toBe(0);
  expect(readdirSync(p.connector.dir)).toEqual(["consent.json"]);
  expect(JSON.parse(p.connector.read("consent.json"))).toMatchObject({ provider: "ACME Print", withdrawn_at: expect.any(String) });
  expect((await siteOf(p)).status).toBe("revoked");
});

test("R15 leaving works with the hub away, too", async () => {
  const p = await place();
  const page = await SettingsPage.open(p.connector);
  await p.hub.program.stop();
  const left = await page.call<{ told: boolean }>("POST", "/api/leave", { provider: "ACME Print" });
  expect([left.status, left.body]).toEqual([200, { told: false }]);
  expect(await p.connector.program!.ended).toBe(0);
  expect(readdirSync(p.connector.dir)).toEqual(["consent.json"]);
});

/** A call of which the body's last octet is missing; the answer, once that is there too. */
async function half(page: SettingsPage, path: string, body: unknown): Promise<() => Promise<string>> {
  const { host, hostname, port } = new URL(page.origin);
  const s = connect(Number(port), hostname);
  onTestFinished(() => void s.destroy());
  const text = JSON.stringify(body);
  s.write(
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${page.origin}\r\nX-Imprimatur-Token: ${page.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text.slice(0, -1)}`,
  );
  await setTimeout(100);
  return async () => {
    let got = "";
    s.on("data", (d: Buffer) => (got += d.toString()));
    s.write(text.slice(-1));
    await once(s, "close");
    return got;
  };
}

test("R15 leaving is begun once, however slow the hub and whatever became of the browser, and no key is changed meanwhile", async () => {
  const hub = await HostileHub.start();
  const c = new Connector(hub);
  expect(await c.enroll(CODE, {}, hub.agreement.sha256)).toMatchObject({ code: 0 });
  let answer = () => {};
  hub.misdeed = (call, res) => {
    if (call.method !== "DELETE") return false;
    answer = () => void res.writeHead(204).end();
    return true;
  };
  c.run();
  const page = await SettingsPage.open(c);
  await until("it is on the line", () => hub.asked("/c/v1/commands").length > 0);
  expect(hub.asked("/c/v1/targets")).toEqual([]); // there never was one
  // Let in before, and said whole only afterwards.
  const halves = [await half(page, "/api/leave", { provider: "ACME Print" }), await half(page, "/api/switches", { permission: "console", to: "on" })];
  const gone = new AbortController();
  const first = page.call("POST", "/api/leave", { provider: "ACME Print" }, {}, gone.signal).catch(() => "gone");
  await until("the hub is told", () => hub.asked("/c/v1/connector").length === 1);
  gone.abort();
  expect(await first).toBe("gone");
  const again = () => page.call("POST", "/api/leave", { provider: "ACME Print" });
  expect(await again()).toMatchObject({ status: 503, body: { code: "busy" } });
  for (const finish of halves) expect(await finish()).toMatch(/^HTTP\/1\.1 503 [^]*"busy"/);
  // What another tab has open asks on.
  expect(await page.call("GET", "/api/desk")).toMatchObject({ status: 503, body: { code: "busy" } });
  expect(await page.call("POST", "/api/desk/test")).toMatchObject({ status: 503, body: { code: "busy" } });
  expect((await page.state()).permissions.console.state).toBe("off");
  const calls = hub.calls.length;
  const rotated = c.command("rotate-key");
  await until("there is a new key", () => existsSync(join(c.dir, "key.next.pem")));
  expect(await again()).toMatchObject({ status: 503, body: { code: "busy" } });
  answer();
  expect(await c.program!.ended).toBe(0);
  await rotated;
  expect(hub.calls.slice(calls).map((call) => `${call.method} ${call.path}`)).toEqual([]);
  expect(readdirSync(c.dir)).toEqual(["consent.json"]);
});

test("R10 R41 on the page each field that was sent has its purpose beside it, and axe-core finds nothing", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  await until("it is sent", async () => (await siteOf(p)).server !== null);
  const url = await settingsUrl(p.connector);
  const page = await openLocal(url.origin);
  await page.goto(url.href);
  await page.getByRole("heading", { name: "Every report that was sent" }).click();
  await until("the first record is there", async () => (await page.locator(".record").count()) > 0);
  await page.locator(".record").last().click();
  await page.locator(".opened tbody tr").first().waitFor();
  const rows = await page.locator(".opened tbody tr").allInnerTexts();
  expect(rows.some((r) => /^server\.version\t22\.0\.4\tTo see which sites need an update/.test(r))).toBe(true);
  expect(rows.filter((r) => !/\t\S.*\t\S/.test(r) || /No purpose is known/.test(r))).toEqual([]);
  for (const name of ["What is sent, and what for", "What is stored on this machine", "Print server and network", "Your agreement", "Leave and uninstall"])
    await page.getByRole("heading", { name, exact: true }).click();
  await page.locator(".agreement h1").waitFor();
  await page.locator(".stored li").first().waitFor();
  await page.locator(".option").first().waitFor();
  expect(await complaints(page, "settings")).toEqual([]);
});

test("everything that opens on the page is words, in each language, and no key of a text", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  const keys = new Set(Object.keys(JSON.parse(readFileSync(join(root, "texts/en.json"), "utf8")) as Record<string, string>));
  for (const language of ["en", "fr", "de"]) {
    const url = await settingsUrl(p.connector);
    const page = await openLocal(url.origin, { language });
    await page.goto(url.href);
    await page.locator(".switch").first().waitFor();
    for (const fold of await page.locator("details.fold > summary").all()) await fold.click();
    await page.getByText("permissions.json.lock").first().waitFor();
    const said = (await page.locator("body").innerText()).split("\n").map((line) => line.trim());
    expect(said.filter((line) => keys.has(line))).toEqual([]);
  }
});

test("at 320 px nothing of the page is beside the window, in each language", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  for (const which of ["console", "mfp"]) await p.connector.command("permissions", which, "ask");
  for (const language of ["en", "fr", "de"]) {
    const url = await settingsUrl(p.connector);
    const page = await openLocal(url.origin, { language, width: 320 });
    await page.goto(url.href);
    await page.locator("article.switch").nth(2).waitFor();
    await look(page, `settings-320-${language}`);
    expect([language, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([language, 320]);
  }
});

test("R21 a person turns the switches by keyboard alone, in each language", async (ctx) => {
  needs(ctx, browserMissing());
  const p = await place();
  for (const [language, title] of [["fr", "Ouvrir la page d’administration"], ["de", "Die Verwaltungsseite des Druckservers"]] as const) {
    const url = await settingsUrl(p.connector);
    const page = await openLocal(url.origin, { language });
    await page.goto(url.href);
    const toggle = page.getByRole("switch", { name: new RegExp(title) });
    await toggle.focus();
    await page.keyboard.press("Space");
    // Turning on preselects that the customer is asked.
    await until("it asks", async () => (await p.connector.read("permissions.json")).includes('"console":"ask"'));
    await until("the page shows it", async () => (await toggle.getAttribute("aria-checked")) === "true");
    await page.keyboard.press("Space"); // it has kept the focus
    await until("it is off", async () => (await p.connector.read("permissions.json")).includes('"console":"off"'));
  }
});
