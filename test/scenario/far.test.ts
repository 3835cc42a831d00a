/* A site at the end of a long line, and of one that loses what it carries: machines in networks of their own (legs.ts), and
 * the line between the site's squid and the hub. */
import { expect, test } from "vitest";
import { Legs, legsMissing, type Line } from "../harness/legs.ts";
import { LogDownload, logIn } from "../harness/log.ts";
import { needs } from "../harness/skip.ts";
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
