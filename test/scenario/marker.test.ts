/* Every text at the site carries a word of its own; none that must stay there is found anywhere else. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aDayLater, Connector, type Source } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, type Provider } from "../harness/hub.ts";
import { memoryMissing, memoryOf } from "../harness/memory.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { programs, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { forms, found, type Place } from "../harness/search.ts";
import { needs } from "../harness/skip.ts";
import { checkStored } from "../harness/stored.ts";
import { Tap } from "../harness/tap.ts";
import { until } from "../harness/until.ts";

const COMMON = "zzmark";

/** Where the customer has typed them, in connector.conf, and nowhere else. */
const PROXY = { "proxy.auth": "basic", "proxy.user": `${COMMON}proxyuser`, "proxy.password": `${COMMON}proxypassword` };
const TOKEN = `${COMMON}token0123456789`;

interface Marks {
  /** Must not leave the site. */
  never: string[];
  /** Labels: sent, and at the hub sealed. */
  labels: string[];
}

function filesBelow(dir: string): Place[] {
  return (readdirSync(dir, { recursive: true }) as string[])
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ name: path, octets: readFileSync(path) }));
}

function words(p: Program): Place {
  return { name: `the words of ${p.name}`, octets: Buffer.from(p.stdout + p.stderr) };
}

function uploads(tap: Tap): Place[] {
  return tap.uploads.map((octets, i) => ({ name: `upload ${i}`, octets }));
}

/** What lies where it must not, as "mark in place". */
function leaks(places: Place[], marks: string[]): string[] {
  return places.flatMap((p) => found(p, marks, COMMON).map((mark) => `${mark} in ${p.name}`));
}

/** What `backup` makes of the running hub. */
async function backupOf(hub: Hub): Promise<Place[]> {
  const to = join(tempDir(), "backup");
  const r = await Program.run(programs.hub, ["backup", "--config", hub.configFile, "--to", to]);
  expect(r).toMatchObject({ code: 0 });
  return [...filesBelow(to), { name: "the words of backup", octets: Buffer.from(r.stdout + r.stderr) }];
}

const healthKeyOf = (c: Connector) => /^source.papercut.key = (.*)$/m.exec(c.read("connector.conf"))?.[1] ?? "";

/** `ran`: every connector's program, as a connector that was started again has several. */
function check(hub: Hub, backup: Place[], tap: Tap, connectors: Connector[], ran: Program[], marks: Marks): void {
  const atHub = [...[...hub.files()].map(([name, octets]) => ({ name, octets })), words(hub.program), ...backup];
  const logs = ran.map(words);
  const atSite = connectors.flatMap((c) => filesBelow(c.dir));
  const typed = atSite.filter((p) => p.name.endsWith("/connector.conf"));
  const secrets = [PROXY["proxy.user"], PROXY["proxy.password"], TOKEN, ...connectors.map((c) => healthKeyOf(c)).filter(Boolean)];
  expect(atHub.length).toBeGreaterThan(5);
  expect(leaks([...uploads(tap), ...atHub, ...logs, ...atSite.filter((p) => !typed.includes(p))], secrets)).toEqual([]);
  expect(leaks([...uploads(tap), ...atHub, ...logs, ...atSite], marks.never)).toEqual([]);
  expect(leaks([...atHub, ...logs], marks.labels)).toEqual([]);
}

function marksOf(papercut: PaperCut): Marks {
  const named = (may_leave: boolean) => papercut.marks.filter((m) => m.may_leave === may_leave).map((m) => m.mark);
  return { never: named(false), labels: named(true) };
}

/** All that the customer can allow. */
async function allowAll(c: Connector): Promise<void> {
  for (const permission of ["console", "mfp"]) expect(await c.command("permissions", permission, "on")).toMatchObject({ code: 0 });
}

async function untilAskedAgain(papercut: PaperCut): Promise<void> {
  const before = papercut.calls.length;
  await until("the connector has asked again", () => papercut.calls.length >= before + 2);
}

async function connect(hub: Hub, tap: Tap, provider: Provider, name: string, source: Record<string, string>) {
  const site = await provider.api.makeSite(await provider.api.makeCustomer("Example Works"), name);
  return { site, connector: await Connector.forSite(hub, provider, site, { ...source, ...PROXY, "proxy.url": tap.url }) };
}

const troubles: Scenario[] = [
  { mode: "server_failure" },
  { mode: "unhealthy_verdict" },
  { mode: "failure_json" },
  { mode: "truncated" },
  { mode: "redirect" },
  { form: "short" },
  { form: "chunk_cut" },
  { wrong_key_status: 403, key: "another" },
  { missing_key_status: 400 },
];

const site: Scenario = {
  ...{ print_providers: 3, print_providers_offline: 2, site_servers: 2, site_servers_offline: 1 },
  ...{ mobility_print_servers: 2, mobility_print_servers_offline: 1, web_print_servers: 1, web_print_servers_offline: 1 },
  job_ticketing: { status: "Cannot be reached" },
  printers: [
    { name: "prn01\\Ricoh-2F", id: 1203, status: "NO_TONER", held: 3, physical_id: "net://192.0.2.7", location: "Room 12" },
    { name: "prn01\\HP-1F", id: 1204, status: "OK", pages: 1000, jobs: 100 },
    { name: "prn02\\Kyocera-3F", id: 1205, status: "SOMETHING_NEW" },
  ],
  devices: [
    { name: "mfd-2f", type: "Ricoh", status: "OK", hosting_server: "site01" },
    { name: "mfd-3f", type: "Kyocera", status: "ERROR", description: "Could not connect to 192.0.2.8" },
  ],
  xmlrpc: { tokens: [TOKEN] },
};

async function papercutWorld(by: "http" | "https" = "http") {
  const hub = await Hub.start();
  const tap = await Tap.start(hub);
  const tls = { certificate: hub.certFile, key: join(hub.dir, "ca/tls.key") };
  const papercut = await PaperCut.start(site, { marks: true, tls });
  const provider = await hub.provider();
  const source: Source = { ...papercut.source, "source.papercut.xmlrpc": "yes", "source.papercut.token": TOKEN };
  if (by === "https") Object.assign(source, { "source.papercut.url": papercut.tlsUrl, "source.papercut.ca_file": hub.caFile });
  const { site: made, connector } = await connect(hub, tap, provider, "Head office", source);
  const total = () => provider.api.devices(made.id).then((d) => d.total);
  await until("all five are there", async () => (await total()) === 5, 40_000);
  await until("their totals are noted", () => filesBelow(connector.dir).some((p) => p.name.endsWith("/counters.json")));
  await allowAll(connector);
  return { hub, tap, papercut, provider, site: made, connector, total };
}

test("the search finds a mark in every form, in the middle of other octets", () => {
  const mark = `${COMMON}0f3e~?>x`;
  for (const form of forms(mark)) {
    const octets = Buffer.concat([Buffer.from("xyz "), form, Buffer.from(" zyx")]);
    expect(`${form.toString("latin1")}: ${found({ name: "", octets }, [mark]).length}`).toBe(`${form.toString("latin1")}: 1`);
  }
  for (const pad of ["", "a", "ab"]) {
    const octets = Buffer.from(Buffer.from(`${pad}${mark}${COMMON}`).toString("base64url"));
    expect(found({ name: "", octets }, [mark], COMMON)).toEqual([mark]);
  }
});

test("R42 R45 R48 R49 R50 no text of a PaperCut server but printers' labels leaves the site, whatever it answers", { timeout: 180_000 }, async () => {
  const { hub, tap, papercut, provider, site, connector, total } = await papercutWorld();
  const ran = [connector.program!];
  for (const trouble of troubles) {
    papercut.change({ mode: "normal", form: "counted", key: papercut.key, ...trouble });
    await untilAskedAgain(papercut);
  }
  papercut.change({ mode: "normal", form: "counted", key: papercut.key, database: { status: "No connection to db01" } });
  await until("the fault is seen", async () => (await provider.api.site(site.id)).status === "error", 40_000);
  await connector.monitoring("off");
  await until("it is off", async () => (await provider.api.site(site.id)).status === "monitoring_off", 40_000);
  await connector.monitoring("on");
  papercut.change({ database: { status: "OK" }, devices: [], printers: [{ name: "prn01\\HP-1F", id: 1204, status: "PAPER_JAM", pages: 1000, jobs: 100 }] });
  await until("it reports again", async () => (await total()) === 1, 40_000);

  // The web services: refused once with words of the server's own, then a day's pages.
  await aDayLater(connector);
  papercut.change({ xmlrpc: { tokens: ["another"] } });
  ran.push(connector.run());
  await until("the token is refused", () => connector.program!.stderr.includes("part=xmlrpc state=key_refused"), 40_000);
  await connector.program!.stop();
  papercut.change({ xmlrpc: { tokens: [TOKEN] }, printers: [{ name: "prn01\\HP-1F", id: 1204, status: "OK", pages: 1500, jobs: 150 }] });
  ran.push(connector.run());
  await until("the day is told", async () => (await provider.api.site(site.id)).usage?.day?.pages === 500, 40_000);

  const marks = marksOf(papercut);
  expect(papercut.marks.filter((m) => m.in.startsWith("fault")).length).toBeGreaterThan(0);
  expect(marks.never.length).toBeGreaterThan(50);
  const sent = Buffer.concat(tap.uploads);
  expect(marks.labels.filter((m) => !sent.includes(m))).toEqual([]); // what is there is found
  const backup = await backupOf(hub);
  check(hub, backup, tap, [connector], ran, marks);
  await hub.program.kill9(); // the write-ahead log stays as it is
  check(hub, backup, tap, [connector], ran, marks);
  checkStored(connector); // after all that, nothing else lies there than docs/data.md says
});

test("R42 R46 R49 the hub's memory holds labels, for it shows them, and nothing of what must stay at the site", { timeout: 180_000 }, async (ctx) => {
  needs(ctx, memoryMissing());
  const { hub, papercut } = await papercutWorld();
  const marks = marksOf(papercut);
  const memory = memoryOf(hub.program);
  const secrets = [PROXY["proxy.user"], PROXY["proxy.password"], TOKEN, papercut.key];
  expect(leaks(memory, [...marks.never, ...secrets])).toEqual([]);
  const seen = new Set(memory.flatMap((place) => found(place, marks.labels, COMMON)));
  expect([...seen].sort()).toEqual([...marks.labels].sort()); // what is there is found
});

/** What the connector has read is in its memory only while it reads: its server is gone, and it has noticed. */
async function checkMemory(connector: Connector, never: string[], known: string): Promise<void> {
  await until("it is not reading", () => connector.program!.stderr.trimEnd().endsWith("state=unreachable"), 40_000);
  const memory = memoryOf(connector.program!);
  expect(leaks(memory, never)).toEqual([]);
  expect(memory.some((place) => place.octets.includes(known))).toBe(true); // what is there is found
}

for (const [by, amid] of [["http", []], ["https", troubles]] as const)
  test(`R42 R46 R49 what a PaperCut server told by ${by} and must stay there does not stay in the connector's memory`, { timeout: 180_000 }, async (ctx) => {
    needs(ctx, memoryMissing());
    const { papercut, connector } = await papercutWorld(by);
    for (const trouble of [...amid, {}]) {
      papercut.change({ mode: "normal", form: "counted", key: papercut.key, ...trouble });
      await untilAskedAgain(papercut);
    }
    await papercut.program.stop();
    await checkMemory(connector, marksOf(papercut).never, TOKEN);
  });

test("R42 R43 R44 R46 R47 documents, jobs, users, places and addresses of a real CUPS server stay there", { timeout: 180_000 }, async (ctx) => {
  needs(ctx, cupsMissing());
  const hub = await Hub.start();
  const tap = await Tap.start(hub);
  const cups = await Cups.start();
  const mark = (what: string) => `${COMMON}${what}`;
  const queues = [
    { name: mark("queue"), label: mark("queue") },
    { name: `jane.${mark("mail")}@example.org` },
    { name: `${mark("host")}.corp.example` },
    { name: "10.99.98.97" },
  ];
  const never = ["info", "place", "uri", "user", "job", "document", "mail", "host", "denied", "organisation", "contact", "unit", "reason"].map(mark).concat("10.99.98.97");
  const text = join(tempDir(), `${mark("document")}.txt`);
  writeFileSync(text, `${mark("document")}\n`);
  for (const q of queues) {
    const uri = `file://${join(cups.dir, `${mark("uri")}-${queues.indexOf(q)}`)}`;
    await until("the queue is made", () =>
      cups.admin("lpadmin", "-p", q.name, "-E", "-m", "raw", "-v", uri, "-D", mark("info"), "-L", mark("place"), "-u", `deny:${mark("denied")}`),
    );
    await cups.describe(q.name, {
      "printer-organization": `${mark("organisation")} (ask ${mark("contact")}, extension 12)`,
      "printer-organizational-unit": mark("unit"),
    });
  }
  const print = (queue: string) =>
    cups.admin("lp", "-U", mark("user"), "-d", queue, "-t", `Salaries ${mark("job")}`, text);
  await cups.disable(queues[0]!.name, `Paused by ${mark("reason")}`);
  for (const q of queues) await print(q.name);
  const provider = await hub.provider();
  const { site, connector } = await connect(hub, tap, provider, "Workshop", { ...cups.source, "source.interval": "1s" });
  const states = () => provider.api.devices(site.id).then((d) => d.items.map((i) => i.state));
  await until("all queues are there, one stopped", async () => (await states()).length === 4 && (await states()).includes("stopped"), 40_000);
  const told = await Program.run("lpstat", ["-h", `127.0.0.1:${cups.port}`, "-l", "-p", "-v"]); // a reason goes with its pause
  await cups.enable(queues[0]!.name);
  await print(queues[0]!.name);
  await until("none is stopped", async () => !(await states()).includes("stopped"), 40_000);

  const there = [Buffer.from(told.stdout), ...filesBelow(cups.dir).map((p) => p.octets)];
  expect(never.filter((m) => !there.some((octets) => octets.includes(m)))).toEqual([]); // the server does know them all
  const labels = queues.flatMap((q) => q.label ?? []);
  const sent = Buffer.concat(tap.uploads);
  expect(labels.filter((m) => sent.includes(m))).toEqual(labels);
  const marks = { never, labels };
  check(hub, await backupOf(hub), tap, [connector], [connector.program!], marks);
  await cups.program.stop();
  if (!memoryMissing()) await checkMemory(connector, never, PROXY["proxy.password"]);
});
