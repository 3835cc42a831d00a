/* Every text at the site carries a word of its own; none that must stay there is found anywhere else. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, type Provider } from "../harness/hub.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { found, type Place } from "../harness/search.ts";
import { needs } from "../harness/skip.ts";
import { Tap } from "../harness/tap.ts";
import { until } from "../harness/until.ts";

const COMMON = "zzmark";

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

function check(hub: Hub, tap: Tap, connectors: Connector[], marks: Marks): void {
  const atHub = [...[...hub.files()].map(([name, octets]) => ({ name, octets })), words(hub.program)];
  const logs = connectors.map((c) => words(c.program!));
  const atSite = connectors.flatMap((c) => filesBelow(c.dir));
  expect(atHub.length).toBeGreaterThan(3);
  expect(leaks([...uploads(tap), ...atHub, ...logs, ...atSite], marks.never)).toEqual([]);
  expect(leaks([...atHub, ...logs], marks.labels)).toEqual([]);
}

async function untilAskedAgain(papercut: PaperCut): Promise<void> {
  const before = papercut.calls.length;
  await until("the connector has asked again", () => papercut.calls.length >= before + 2);
}

async function connect(hub: Hub, tap: Tap, provider: Provider, name: string, source: Record<string, string>) {
  const site = await provider.api.makeSite(await provider.api.makeCustomer("Example Works"), name);
  return { site, connector: await Connector.forSite(hub, provider, site, { ...source, "proxy.url": tap.url }) };
}

const troubles: Scenario[] = [
  { mode: "server_failure" },
  { mode: "truncated" },
  { mode: "redirect" },
  { form: "short" },
  { form: "chunk_cut" },
  { wrong_key_status: 403, key: "another" },
  { missing_key_status: 400 },
];

test("R42 R45 R48 R49 R50 no text of a PaperCut server but printers' labels leaves the site, whatever it answers", { timeout: 180_000 }, async () => {
  const hub = await Hub.start();
  const tap = await Tap.start(hub);
  const papercut = await PaperCut.start(
    {
      ...{ print_providers: 3, print_providers_offline: 2, site_servers: 2, site_servers_offline: 1 },
      ...{ mobility_print_servers: 2, mobility_print_servers_offline: 1, web_print_servers: 1, web_print_servers_offline: 1 },
      job_ticketing: { status: "Cannot be reached" },
      printers: [
        { name: "prn01\\Ricoh-2F", status: "NO_TONER", held: 3, physical_id: "net://192.0.2.7", location: "Room 12" },
        { name: "prn01\\HP-1F", status: "OK" },
        { name: "prn02\\Kyocera-3F", status: "SOMETHING_NEW" },
      ],
      devices: [
        { name: "mfd-2f", type: "Ricoh", status: "OK", hosting_server: "site01" },
        { name: "mfd-3f", type: "Kyocera", status: "ERROR", description: "Could not connect to 192.0.2.8" },
      ],
    },
    { marks: true },
  );
  const provider = await hub.provider();
  const { site, connector } = await connect(hub, tap, provider, "Head office", papercut.source);
  const total = () => provider.api.devices(site.id).then((d) => d.total);
  await until("all five are there", async () => (await total()) === 5, 40_000);

  for (const trouble of troubles) {
    papercut.change({ mode: "normal", form: "counted", key: papercut.key, ...trouble });
    await untilAskedAgain(papercut);
  }
  papercut.change({ mode: "normal", form: "counted", key: papercut.key, database: { status: "No connection to db01" } });
  await until("the fault is seen", async () => (await provider.api.site(site.id)).status === "error", 40_000);
  await connector.monitoring("off");
  await until("it is off", async () => (await provider.api.site(site.id)).status === "monitoring_off", 40_000);
  await connector.monitoring("on");
  papercut.change({ database: { status: "OK" }, printers: [{ name: "prn01\\HP-1F", status: "PAPER_JAM" }] });
  await until("it reports again", async () => (await total()) === 3, 40_000);

  const marks = {
    never: papercut.marks.filter((m) => !m.may_leave).map((m) => m.mark),
    labels: papercut.marks.filter((m) => m.may_leave).map((m) => m.mark),
  };
  expect(marks.never.length).toBeGreaterThan(50);
  const sent = Buffer.concat(tap.uploads);
  expect(papercut.marks.filter((m) => m.may_leave && !sent.includes(m.mark))).toEqual([]); // what is there is found
  check(hub, tap, [connector], marks);
  await hub.program.kill9(); // the write-ahead log stays as it is
  check(hub, tap, [connector], marks);
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
  const never = ["info", "place", "uri", "user", "job", "document", "mail", "host"].map(mark).concat("10.99.98.97");
  const text = join(tempDir(), `${mark("document")}.txt`);
  writeFileSync(text, `${mark("document")}\n`);
  for (const q of queues) {
    const uri = `file://${join(cups.dir, `${mark("uri")}-${queues.indexOf(q)}`)}`;
    await until("the queue is made", () =>
      cups.admin("lpadmin", "-p", q.name, "-E", "-m", "raw", "-v", uri, "-D", mark("info"), "-L", mark("place")),
    );
  }
  const print = (queue: string) =>
    cups.admin("lp", "-U", mark("user"), "-d", queue, "-t", `Salaries ${mark("job")}`, text);
  await cups.disable(queues[0]!.name);
  for (const q of queues) await print(q.name);
  const provider = await hub.provider();
  const { site, connector } = await connect(hub, tap, provider, "Workshop", { ...cups.source, "source.interval": "1s" });
  const states = () => provider.api.devices(site.id).then((d) => d.items.map((i) => i.state));
  await until("all queues are there, one stopped", async () => (await states()).length === 4 && (await states()).includes("stopped"), 40_000);
  await cups.enable(queues[0]!.name);
  await print(queues[0]!.name);
  await until("none is stopped", async () => !(await states()).includes("stopped"), 40_000);

  const told = await Program.run("lpstat", ["-h", `127.0.0.1:${cups.port}`, "-l", "-p", "-v"]);
  const there = [Buffer.from(told.stdout), ...filesBelow(cups.dir).map((p) => p.octets)];
  expect(never.filter((m) => !there.some((octets) => octets.includes(m)))).toEqual([]); // the server does know them all
  const labels = queues.flatMap((q) => q.label ?? []);
  const sent = Buffer.concat(tap.uploads);
  expect(labels.filter((m) => sent.includes(m))).toEqual(labels);
  check(hub, tap, [connector], { never, labels });
});
