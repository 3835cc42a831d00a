/* A device at a private address through all legs, each machine on a network of its own: browser, hub, the site's squid as the
 * one way out, connector, device. */
import { statSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { browserMissing, look, openConsole } from "../harness/browser.ts";
import { type Device, Legs, legsMissing, type Target } from "../harness/legs.ts";
import { Mfp, type MfpScenario } from "../harness/mfp.ts";
import { expectNoWay } from "../harness/networks.ts";
import { found } from "../harness/search.ts";
import { needs } from "../harness/skip.ts";
import { files } from "../harness/stored.ts";
import { until } from "../harness/until.ts";
import { type Page, Visit } from "../harness/visit.ts";

const slow = 120_000;
const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Digits of its address that nothing else here has. */
const ADDRESS = "192.168.77.20";

async function device(legs: Legs, scenario: MfpScenario = {}, options: { port?: number; oldTls?: boolean; plain?: boolean; at?: string } = {}): Promise<Mfp> {
  const { plain, oldTls, at = legs.device, port = plain ? 80 : 443 } = options;
  const tls = plain ? undefined : "mfp.example";
  return Mfp.start(scenario, { listen: `${at}:${port}`, plain, oldTls, tls, inside: legs.deviceHost.inside });
}

interface Direct {
  status: number;
  body: string;
  failed: boolean;
}

/** What an administrator at the site sees there. */
async function direct(legs: Legs, mfp: Mfp, path: string, ...args: string[]): Promise<Direct> {
  const r = await legs.siteHost.run("curl", "-sk", "--http1.1", "--max-time", "20", "-i", ...args, `${mfp.url}${path}`);
  const [head, ...rest] = r.stdout.split(/\r?\n\r?\n/);
  return { status: Number(/^HTTP\/1\.\d (\d+)/.exec(head!)?.[1] ?? 0), body: rest.join("\n\n"), failed: r.code !== 0 };
}

async function open(legs: Legs, target: Target): Promise<Visit> {
  return Visit.open(legs.hub, legs.provider, legs.site, target.id);
}


const words = (headers: IncomingHttpHeaders): string => JSON.stringify(headers);

/** Nothing at the hub, and nothing of what is sent out, says where the device is. */
function expectNoAddress(legs: Legs, seen: IncomingHttpHeaders[]): void {
  const atHub = [...legs.hub.files()].map(([name, octets]) => ({ name, octets }));
  expect(atHub.length).toBeGreaterThan(3);
  const logs = [legs.hub.program, legs.connector.program!].map((p) => ({ name: `the log of ${p.name}`, octets: Buffer.from(p.stdout + p.stderr) }));
  const out = { name: "what squid was asked for", octets: Buffer.from(legs.squid.accessLog.replaceAll(legs.siteAddress, "")) };
  const heads = { name: "headers", octets: Buffer.from(seen.map(words).join("\n")) };
  for (const place of [...atHub, ...logs, out, heads]) expect([place.name, found(place, [ADDRESS, "192.168.77."])]).toEqual([place.name, []]);
  // At the site it is in the one file that the customer filled, and nowhere else.
  const isFile = (name: string) => statSync(join(legs.connector.dir, name)).isFile();
  const at = files(legs.connector.dir).filter((f) => isFile(f) && legs.connector.read(f).includes(ADDRESS));
  expect(at).toEqual(["targets.json"]);
}

test("R3 R50 R51 R56 R67 a device's pages through squid, hub and connector; the switch decides, and nobody learns its address", { timeout: slow }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start();
  for (const there of [legs.hub.address, "203.0.113.1"]) expectNoWay(legs.siteHost, there);
  const mfp = await device(legs, { title: "Floor 2", absolute_redirect: true, host_check: true });
  const target = await legs.configure({ name: "Floor 2", address: `https://${ADDRESS}`, tls: "pinned" });
  const ask = () => legs.provider.api.raw<{ id: string; code?: string }>("POST", `/api/v1/sites/${legs.site.id}/sessions`, { target: target.id, reason: "a test" });

  expect(await ask()).toMatchObject({ status: 403, body: { code: "denied" } });
  await legs.allow("ask");
  const asked = await ask();
  await until("it waits for somebody at the site", async () => (await legs.page.call("POST", `/api/sessions/${asked.body.id}/approve`)).status === 200);
  await until("it is open", async () => (await legs.provider.api.raw<{ state: string }>("GET", `/api/v1/sessions/${asked.body.id}`)).body.state === "open");
  await legs.allow("on");
  const visit = await open(legs, target);
  const seen: IncomingHttpHeaders[] = [];
  const get = async (path: string): Promise<Page> => {
    const page = await visit.get(path);
    seen.push(page.headers);
    return page;
  };

  const first = await get("/");
  expect([first.status, first.headers.location]).toEqual([302, `${visit.origin.origin}/start/start.htm`]);
  expect((await get("/start/start.htm")).text).toContain("<title>Floor 2</title>");
  mfp.change({ absolute_redirect: false, redirect: `https://${ADDRESS}:443/wlm/index.htm` });
  await until("it redirects as Kyocera does", async () => (await get("/")).headers.location === `${visit.origin.origin}/wlm/index.htm`);
  const saved = await visit.post("/settings", "location=Floor+2", { ...FORM, origin: visit.origin.origin, referer: `${visit.origin.origin}/settings` });
  seen.push(saved.headers);
  expect([saved.status, saved.headers.location]).toEqual([302, "/settings"]);
  expect([...visit.cookies.keys()]).toContain("__Host-t-wimsesid");
  const settings = await get("/settings");
  expect(settings.text).toContain('value="Floor 2"');
  expect(settings.text).toContain("<p id=cookie>wimsesid=1</p>"); // the device's own, and none of ours
  expect((await get("/nowhere")).status).toBe(404);
  mfp.change({ redirect: `https://${legs.otherDevice}/` });
  const elsewhere = await until("it sends elsewhere", async () => {
    const page = await get("/");
    return page.status !== 302 && page;
  });
  expect([elsewhere.status, elsewhere.text.includes("192.168")]).toEqual([502, false]);
  await mfp.program.stop();
  const gone = await get("/start/start.htm");
  expect(gone.status).toBe(502);
  expect(gone.text).toContain('<li class="ok">Connector at the site</li>');
  seen.push((await legs.provider.api.raw("GET", `/api/v1/sites/${legs.site.id}/targets`)).headers);

  expect(legs.squid.accessLog.match(/TCP_TUNNEL\/200/g)?.length ?? 0).toBeGreaterThan(0);
  await legs.page.turn("mfp", "off");
  await until("the visit is cut", async () => (await visit.get("/")).status === 410);
  expect(await until("the hub has heard it, too", async () => {
    const refused = await ask();
    return refused.status !== 201 && refused;
  })).toMatchObject({ status: 403, body: { code: "denied" } });
  expectNoAddress(legs, seen);
});

test("R56 a device's page that waits for news leaves room for the others, in every tab", { timeout: slow }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start();
  await device(legs, { title: "Floor 2" });
  const target = await legs.configure({ name: "Floor 2", address: `https://${ADDRESS}`, tls: "pinned" });
  await legs.allow("on");
  const visit = await open(legs, target);
  expect((await visit.get("/start/start.htm")).status).toBe(200);
  const polls = [1, 2].map(() => visit.get("/poll"));
  const page = visit.get("/start/start.htm");
  const first = await Promise.race([page.then(() => "the page"), Promise.all(polls).then(() => "the polls")]);
  expect([first, (await page).status]).toEqual(["the page", 200]);
  for (const poll of polls) expect((await poll).text).toContain("nothing new");
});

interface Oddity {
  is: MfpScenario;
  path?: string;
  args?: string[];
  headers?: Record<string, string>;
  /** It answers what no client takes for whole: neither is the page here.  `ambiguous`: what some take is refused. */
  broken?: boolean | "ambiguous";
  status?: number;
}

const BASIC = `Basic ${Buffer.from("admin:sim-password").toString("base64")}`;
/** The connection stays open, and nothing says that no more comes. */
const WAIT_NOT = ["--max-time", "0.5"];
const oddities: Oddity[] = [
  { is: {} },
  { is: { host_check: true }, path: "/start/start.htm" },
  { is: { frameset: true } },
  { is: { absolute_redirect: true, odd_reason: true, no_length: true }, args: WAIT_NOT, status: 302 },
  { is: { odd_date: true, odd_reason: true } },
  { is: { no_length: true }, path: "/scan", args: WAIT_NOT, status: 201 },
  { is: { http10: true } },
  { is: { slow_first_byte_ms: 1000 } },
  { is: { digest: true }, path: "/settings", status: 401 },
  { is: { basic: true }, path: "/settings", status: 401 },
  { is: { basic: true }, path: "/settings", args: ["-u", "admin:sim-password"], headers: { authorization: BASIC } },
  { is: { form: "chunked" } },
  { is: { form: "until_close" } },
  { is: { form: "long" } },
  { is: { form: "short" }, broken: true },
  { is: { form: "reset" }, broken: true },
  { is: { form: "chunk_cut" }, broken: true },
  { is: { form: "garbage" }, broken: true },
  { is: { form: "two_lengths" }, broken: "ambiguous" },
];
const usual: MfpScenario = {
  ...{ host_check: false, frameset: false, absolute_redirect: false, odd_reason: false, odd_date: false, no_length: false, http10: false },
  ...{ slow_first_byte_ms: 0, digest: false, basic: false, form: "counted" },
};

async function isAsAtTheSite(legs: Legs, mfp: Mfp, visit: Visit, odd: Oddity): Promise<void> {
  mfp.change({ ...usual, ...odd.is });
  const path = odd.path ?? "/";
  const what = JSON.stringify(odd.is);
  const there = await direct(legs, mfp, path, ...(odd.args ?? []));
  const here = await visit.get(path, odd.headers).catch(() => null);
  if (odd.broken) {
    // As broken as there: cut off, or a page of ours that says so; never taken for whole.
    expect([what, there.failed || odd.broken, here === null || here.status === 502]).toEqual([what, odd.broken, true]);
    return;
  }
  expect([what, here?.status, here?.text]).toEqual([what, there.status, there.body]);
  expect([what, here?.status]).toEqual([what, odd.status ?? 200]);
}

test("R3 R56 odd devices are seen as an administrator on site sees them", { timeout: slow }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start();
  const mfp = await device(legs);
  const target = await legs.configure({ name: "Floor 2", address: `https://${ADDRESS}`, tls: "pinned" });
  await legs.allow("on");
  const visit = await open(legs, target);
  for (const odd of oddities) await isAsAtTheSite(legs, mfp, visit, odd);
  mfp.change(usual);

  // Another certificate is another device until the customer says otherwise.
  mfp.newCertificate("mfp.example");
  await until("the new one is refused", async () => (await visit.get("/")).status === 502);
  await legs.configure({ id: target.id, name: "Floor 2", address: `https://${ADDRESS}`, tls: "pinned" });
  expect((await (await open(legs, target)).get("/")).status).toBe(200);

  const more: [Device, Mfp][] = [
    [{ name: "HTTP only", address: `http://${ADDRESS}`, tls: "plain" }, await device(legs, {}, { plain: true })],
    [{ name: "Old TLS", address: `https://${ADDRESS}:8443`, tls: "pinned", old_tls: true }, await device(legs, {}, { port: 8443, oldTls: true })],
    [{ name: "Bare lines", address: `http://${ADDRESS}:8000`, tls: "plain" }, await device(legs, { bare_lf: true }, { plain: true, port: 8000 })],
    [{ name: "Whole bodies", address: `http://${ADDRESS}:8001`, tls: "plain", whole_bodies: true }, await device(legs, { no_chunks: true }, { plain: true, port: 8001 })],
  ];
  for (const [one, at] of more) {
    const v = await open(legs, await legs.configure(one));
    const page = await v.get("/wlm/index.htm");
    const tls = one.old_tls ? ["--tlsv1.0", "--tls-max", "1.0", "--ciphers", "DEFAULT@SECLEVEL=0"] : [];
    expect([one.name, page.status, page.text]).toEqual([one.name, 200, (await direct(legs, at, "/wlm/index.htm", ...tls)).body]);
    const posted = await v.call("POST", "/settings", { ...FORM, origin: v.origin.origin, "transfer-encoding": "chunked" }, "location=Here");
    expect([one.name, posted.status, posted.text]).toEqual([one.name, 302, ""]);
    expect([one.name, (await v.get("/settings")).text.includes('value="Here"')]).toEqual([one.name, true]);
  }
});

test("R27 R28 no other host, port or network is reached by a visit, whatever its name comes to mean", { timeout: slow }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start();
  const mfp = await device(legs, { title: "The one" }, { plain: true });
  await device(legs, { title: "Another" }, { plain: true, at: legs.otherDevice });
  await device(legs, { title: "Another port" }, { plain: true, port: 81 });
  const address = (name: string) => legs.siteHost.call({ "mfp.lan.test": name, "hub.example.test": legs.hub.address });
  address(ADDRESS);
  const target = await legs.configure({ name: "By name", address: "http://mfp.lan.test", tls: "plain" });
  await legs.allow("on");
  const visit = await open(legs, target);
  expect((await visit.get("/")).text).toContain("<title>The one</title>");

  // What the technician's browser may say about where to go is not listened to.
  for (const headers of [{ "x-forwarded-host": legs.otherDevice }, { forwarded: `host=${legs.otherDevice}` }, { "x-original-url": `http://${legs.otherDevice}/` }] as Record<string, string>[])
    expect((await visit.get("/", headers)).text).toContain("<title>The one</title>");
  for (const host of [legs.otherDevice, ADDRESS, `${ADDRESS}:81`, "127.0.0.1"])
    expect([host, (await visit.get("/", { host })).status]).toEqual([host, 421]);
  for (const path of [`http://${legs.otherDevice}/`, `//${legs.otherDevice}/`, `/\\${legs.otherDevice}/`, `@${legs.otherDevice}/`])
    expect([path, (await visit.get(path).catch(() => ({ text: "" }))).text.includes("Another")]).toEqual([path, false]);
  expect(await visit.switchTo("/", "tcp")).toBeGreaterThanOrEqual(400);
  // Nor is what the device says, when it sends elsewhere.
  for (const to of [`http://${legs.otherDevice}/`, `http://${ADDRESS}:81/`, "http://127.0.0.1/", "http://169.254.169.254/", `https://${legs.hub.address}/`, "//evil.example/"]) {
    mfp.change({ redirect: to });
    const page = await until("it redirects", async () => {
      const p = await visit.get("/");
      return p.status !== 200 && p;
    });
    expect([to, page.status, page.headers.location]).toEqual([to, 502, undefined]);
  }
  mfp.change({ redirect: "/start/start.htm", http10: true }); // and ends each connection
  await until("it is itself again", async () => (await visit.get("/")).headers.location === "/start/start.htm");

  // Its name begins to mean another: this machine, the link, the hub, nobody.  Each connection looks again.
  const rebound = ["127.0.0.1", "127.7.7.7", "0.0.0.0", legs.siteAddress, "169.254.169.254", "224.0.0.1", "255.255.255.255", legs.hub.address];
  for (const means of rebound) {
    address(means);
    expect([means, (await visit.get("/")).status]).toEqual([means, means === legs.hub.address ? 502 : 403]);
  }
  address(ADDRESS);
  expect((await visit.get("/start/start.htm")).status).toBe(200);
  // The hub's own address and port are refused before anything is dialled.
  await device(legs);
  const secure = await legs.configure({ name: "By name and TLS", address: "https://mfp.lan.test", tls: "pinned" });
  address(legs.hub.address);
  expect((await (await open(legs, secure)).get("/")).status).toBe(403);
  address(ADDRESS);

  // Nor can such a place be configured.
  for (const at of ["http://127.0.0.1", "http://localhost", `http://${legs.siteAddress}`, "http://169.254.169.254", "http://0.0.0.0", "http://[::1]", "http://127.1", "http://2130706433"])
    expect([at, (await legs.page.call("POST", "/api/targets", { name: "Bad", kind: "mfp", address: at, tls: "plain" })).status]).toEqual([at, 400]);
  expect((await legs.targets()).map((t) => t.name)).not.toContain("Bad");
});

test("R3 R26 R56 R60 a technician's browser works on the device: frames, scripts, cookies, a form", { timeout: slow }, async (ctx) => {
  needs(ctx, browserMissing() || legsMissing());
  const legs = await Legs.start();
  await device(legs, { title: "Ricoh, floor 2", frameset: true, host_check: true });
  const target = await legs.configure({ name: "Ricoh 2F", address: `https://${ADDRESS}`, tls: "pinned" });
  await legs.allow("on");
  const visit = await open(legs, target);
  const { body } = await legs.provider.api.raw<{ url: string }>("POST", `/api/v1/sessions/${visit.session.id}/url`);
  const page = await openConsole(legs.hub, body.url);
  await page.waitForURL((u) => u.pathname === "/");
  const main = page.frames().find((f) => f.url().endsWith("/wlm/index.htm"))!;
  await until("both frames are there", async () => page.frames().length === 3 && (await main.locator("h1").innerText()) === "Status");
  await look(page, "mfp-frames");
  await page.goto("/settings");
  await page.locator("input[name=location]").fill("Room 12");
  await page.getByRole("button", { name: "Save" }).click();
  await until("it is saved", async () => (await page.locator("input[name=location]").inputValue()) === "Room 12");
  await page.reload();
  const cookies = await page.locator("#cookie").innerText();
  expect(cookies).toContain("wimsesid=1");
  expect(cookies).toContain("cookieOnOffChecker=on");
  expect(cookies).not.toMatch(/__Host|imprimatur/);
  await look(page, "mfp-settings");
});
