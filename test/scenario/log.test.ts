/* A log of gigabytes goes through a visit, and neither side has kept an octet of it: R57 no file, R58 no memory. */
import { releaseMissing } from "../harness/release.ts"; // before the others
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Site } from "../harness/api.ts";
import { LOG_WORDS, LogDownload, logIn } from "../harness/log.ts";
import { memoryMissing, memoryOf } from "../harness/memory.ts";
import { PaperCut } from "../harness/papercut.ts";
import type { Program } from "../harness/program.ts";
import { found, type Place } from "../harness/search.ts";
import { needs } from "../harness/skip.ts";
import { files } from "../harness/stored.ts";
import { isDevice, straceMissing, Trace } from "../harness/trace.ts";
import { until } from "../harness/until.ts";
import { SUFFIX, Visit } from "../harness/visit.ts";

const MIB = 1024 * 1024;
/** LOG_MIB=2048: the whole of it, as nightly. */
const LENGTH = Number(process.env.LOG_MIB ?? 256) * MIB;
const RSS_MAX = 48 * MIB;
/** The session's figures, what the site told meanwhile. */
const WRITTEN_MAX = 4 * MIB;

interface World {
  hub: Hub;
  provider: Provider;
  site: Site;
  connector: Connector;
  papercut: PaperCut;
  visit: Visit;
  traces: { hub: Trace; connector: Trace };
}

async function world(): Promise<World> {
  const traces = { hub: new Trace(), connector: new Trace() };
  const papercut = await PaperCut.start({ admin: { download_bytes: LENGTH } });
  const hub = await Hub.start({ console_suffix: SUFFIX }, undefined, traces.hub.inside);
  const { provider, site } = await newSite(hub);
  const connector = new Connector(hub);
  const { code } = await provider.api.invite(site);
  const enrolled = await connector.enroll(code, papercut.source, (await offer(hub, code)).agreement.sha256);
  expect(enrolled.code, enrolled.stderr).toBe(0);
  connector.inside = traces.connector.inside;
  connector.run();
  expect((await connector.command("permissions", "console", "on")).code).toBe(0);
  await until("the hub knows", async () => (await provider.api.site(site.id)).permissions?.console === "on");
  const visit = await Visit.open(hub, provider, site);
  await logIn(visit);
  return { hub, provider, site, connector, papercut, visit, traces };
}

/** The most that it ever held. */
function peak(p: Program): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${p.child.pid}/status`, "utf8"))![1]) * 1024;
}

const programs = (w: World): Program[] => [w.hub.program, w.connector.program!];

function marksIn(places: Place[]): string[] {
  return places.filter((p) => p.octets.includes(LOG_WORDS) || found(p, [LOG_WORDS]).length > 0).map((p) => p.name);
}

/** What both have on disk and have said. */
function kept(w: World): Place[] {
  const atSite = files(w.connector.dir).filter((f) => !f.endsWith(".sock"));
  return [
    ...[...w.hub.files()].map(([name, octets]) => ({ name, octets })),
    ...atSite.map((name) => ({ name, octets: Buffer.from(w.connector.read(name), "latin1") })),
    ...programs(w).map((p) => ({ name: `the words of ${p.name}`, octets: Buffer.from(p.stdout + p.stderr) })),
  ];
}

async function expectNothing(w: World): Promise<void> {
  expect(marksIn(kept(w))).toEqual([]);
  await until("nothing of it is in memory", () => {
    const marks = programs(w).flatMap((p) => marksIn(memoryOf(p)));
    if (marks.length > 0) throw new Error(marks.join(", "));
    return true;
  });
}

const total = (t: Trace): number => [...t.written().octets.values()].reduce((a, b) => a + b, 0);

test(`R57 R58 a log of ${LENGTH / MIB} MiB passes hub and connector in 48 MB each, and neither keeps an octet of it`, { timeout: 300_000 }, async (ctx) => {
  needs(ctx, releaseMissing(), straceMissing(), memoryMissing());
  const w = await world();
  const before = [total(w.traces.hub), total(w.traces.connector)];
  expect(Math.min(...before)).toBeGreaterThan(0); // what is written is seen
  const began = performance.now();
  const download = await LogDownload.begin(w.visit);
  await until("it runs", () => download.bytes > MIB);
  expect(programs(w).flatMap((p) => marksIn(memoryOf(p))).length).toBeGreaterThan(0); // what is there is found
  expect(await download.over).toBe("end");
  const seconds = (download.overAt - began) / 1000;
  expect([download.bytes, download.wrong]).toEqual([LENGTH, 0]);
  const peaks = programs(w).map(peak);
  const written = [total(w.traces.hub) - before[0]!, total(w.traces.connector) - before[1]!];
  console.log(`${seconds.toFixed(1)} s; peaks ${peaks.map((p) => (p / MIB).toFixed(1))} MiB; written ${written} octets`);
  await expectNothing(w);

  // The other way, in forms.
  const upload = Buffer.from(`${LOG_WORDS}\n`.repeat(100_000));
  const sent = await w.visit.post("/app?service=direct/1/OptionsAdvanced/$Upload", upload, { origin: w.visit.origin.origin });
  expect(sent.text).toBe(`Received ${upload.length} octets`);
  await expectNothing(w);

  // One that is left in its midst.
  const left = await LogDownload.begin(w.visit);
  await until("it runs", () => left.bytes > MIB);
  left.leave();
  await until("the site has seen it go", async () => (await w.visit.get("/admin")).status === 200);
  await expectNothing(w);

  expect(peaks.filter((p) => p > RSS_MAX)).toEqual([]);
  expect(written.filter((n) => n > WRITTEN_MAX)).toEqual([]);
  for (const [trace, dir] of [[w.traces.hub, w.hub.dir], [w.traces.connector, w.connector.dir]] as const) {
    const { octets, made } = trace.written();
    const elsewhere = [...octets.keys(), ...made].filter((place) => !place.includes(dir) && !isDevice(place) && !place.includes("/proc/self/"));
    expect(elsewhere).toEqual([]);
  }
});
