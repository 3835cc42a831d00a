/* A site at the end of a long line, and of one that loses what it carries: machines in networks of their own (legs.ts), and
 * the line between the site's squid and the hub. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Echo } from "../harness/echo.ts";
import { Legs, legsMissing, type Line, type Target } from "../harness/legs.ts";
import { LogDownload, logIn } from "../harness/log.ts";
import { tempDir } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { Client } from "../harness/socket.ts";
import { until } from "../harness/until.ts";
import { Visit } from "../harness/visit.ts";

const MIB = 1024 * 1024;
const CUT_MS = 1000;

/** The customer ends a visit whose download runs: ms until the technician's browser gets nothing more. */
async function cut(legs: Legs): Promise<number> {
  const visit = await Visit.open(legs.hub, legs.provider, legs.site);
  await logIn(visit);
  const download = await LogDownload.begin(visit);
  await until("it runs", () => download.bytes > MIB);
  const asked = performance.now();
  await legs.endNow(visit.session.id);
  expect(await download.over).not.toBe("end");
  expect((await visit.get("/admin")).status).toBe(410);
  return download.overAt - asked;
}

async function open(legs: Legs): Promise<Visit> {
  legs.papercut.change({ admin: { download_bytes: 32 * MIB } });
  await legs.allow("on", "console");
  const visit = await Visit.open(legs.hub, legs.provider, legs.site);
  await logIn(visit);
  return visit;
}

async function loadsWhole(visit: Visit): Promise<void> {
  const download = await LogDownload.begin(visit);
  expect(download.length).toBe(32 * MIB);
  expect(await download.over).toBe("end");
  expect([download.bytes, download.wrong]).toEqual([32 * MIB, 0]);
}

test.for<[string, Line]>([
  ["of 80 ms", { ms: 40 }],
  ["that loses three of a hundred pieces", { ms: 10, loss: 30 }],
])("R29 R56 R67 over a line %s a visit opens, a download comes whole, and end now cuts one within a second", { timeout: 120_000 }, async ([, line], ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start(line);
  const visit = await open(legs);
  await loadsWhole(visit);
  legs.papercut.change({ admin: { download_bytes: 4000 * MIB } });
  // A machine may be busy at the wrong moment, but not each time.
  await until("a cut took less than a second", async () => (await cut(legs)) < CUT_MS, 60_000);
});

/** What a customer's act at the site does to a download and a WebSocket that run: ms until neither goes on. */
async function cutBoth(legs: Legs, act: (visit: Visit) => Promise<unknown>, device: Target): Promise<number> {
  const visit = await Visit.open(legs.hub, legs.provider, legs.site, device.id);
  const socket = await Client.of(visit);
  socket.ws.send("still there?");
  await socket.come(1);
  const download = await visit.begin("GET", "/download");
  let octets = 0;
  const over = new Promise<number>((done) => {
    download.on("data", (d: Buffer) => (octets += d.length));
    for (const event of ["end", "aborted", "error"]) download.on(event, () => done(performance.now()));
  });
  await until("the download runs", () => octets > MIB);
  const asked = performance.now();
  await act(visit);
  const last = Math.max(await over, (await until("the socket is over", () => socket.ended)).at_ms);
  expect((await visit.get("/")).status).toBe(410);
  return last - asked;
}

test.for<[string, Line]>([
  ["of 80 ms", { ms: 40 }],
  ["that loses three of a hundred pieces", { ms: 10, loss: 30 }],
])("R29 over a line %s end now and the switch cut a download and a WebSocket of a device within a second", { timeout: 180_000 }, async ([, line], ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start(line);
  const path = join(tempDir(), "echo");
  await Echo.start(path);
  await legs.deviceHost.serve(legs.device, 80, path);
  const device = await legs.configure({ name: "Endless", address: `http://${legs.device}`, tls: "plain" });
  await legs.allow("on");
  await until("end now took less than a second", async () => (await cutBoth(legs, (v) => legs.endNow(v.session.id), device)) < CUT_MS, 60_000);
  await until("the switch took less than a second", async () => {
    await legs.allow("on");
    return (await cutBoth(legs, () => legs.page.turn("mfp", "off"), device)) < CUT_MS;
  }, 60_000);
});

test("R67 a cable that is pulled gives a page that says so within 15 s, and all goes on when it is back", { timeout: 180_000 }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start({ ms: 10 });
  const visit = await open(legs);
  legs.papercut.change({ admin: { download_bytes: 4000 * MIB } });
  const download = await LogDownload.begin(visit);
  await until("it runs", () => download.bytes > MIB);
  download.answer.pause();
  for (const [host, pulled, back] of [
    [legs.siteHost, ["ip", "link", "set", "cable0", "down"], ["ip", "link", "set", "cable0", "up"]],
    [legs.edge, ["ip", "route", "add", "blackhole", `${legs.siteAddress}/32`], ["ip", "route", "del", "blackhole", `${legs.siteAddress}/32`]],
  ] as const) {
    const [first, ...rest] = pulled;
    expect((await host.run(first, ...rest)).code).toBe(0);
    const asked = performance.now();
    const page = await visit.get("/admin");
    expect([page.status, performance.now() - asked < 16_000]).toEqual([expect.toBeOneOf([502, 504]), true]);
    expect(page.text).toContain('<li class="down">Connector at the site</li>');
    const [again, ...words] = back;
    expect((await host.run(again, ...words)).code).toBe(0);
    await until("it answers again", async () => (await visit.get("/admin")).status === 200, 60_000);
  }
  legs.papercut.change({ admin: { download_bytes: 32 * MIB } });
  await loadsWhole(visit);
});

test("R67 a line that stalls gives a page that says so within 15 s, and all goes on when it moves again", { timeout: 120_000 }, async (ctx) => {
  needs(ctx, legsMissing());
  const legs = await Legs.start({ ms: 10 });
  const visit = await open(legs);
  const download = await LogDownload.begin(visit);
  download.answer.pause();
  legs.line!.freeze();
  const asked = performance.now();
  const page = await visit.get("/admin");
  expect([page.status, performance.now() - asked < 16_000]).toEqual([504, true]);
  expect(page.text).toContain('<li class="down">Connector at the site</li>');
  legs.line!.thaw();
  await until("it answers again", async () => (await visit.get("/admin")).status === 200);
  await loadsWhole(visit);
});
