/** A hub that has been taken over: whatever it says, the customer's switches stay as they were set, nothing else is dialled,
 * and nothing leaves that they forbid; whatever it does to the line, the connector lives, waits, and goes on with an honest
 * hub. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { CODE, endless, epochOf, type Heard, HostileHub, json, type Misdeed, raw } from "../harness/hostile.ts";
import { PaperCut } from "../harness/papercut.ts";
import { root } from "../harness/place.ts";
import { until } from "../harness/until.ts";

/** Freed memory is not kept for the sanitizer's sake, so that what is resident is what is used. */
const LEAN = {
  ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99:quarantine_size_mb=1:allocator_release_to_os_interval_ms=500",
  IMPRIMATUR_TEST_CHANCE: "none",
};

/** Beyond what it had before the hub misbehaved: answers are bounded by 256 KiB, batches by some MiB. */
const RSS_MORE_KB = 48 * 1024;

/** Polls, switches and reports have a pace of their own, each doubles its wait while it fails, and each wait is as long as
 * chance could make it, so that all calls of 5 s are few, however late a busy machine lets them come.  Some
 * refusals are answered by one more try at once. */
const CALLS_A_SECOND = 14;
const CALLS_IN_5_S = 40;

interface Site {
  hub: HostileHub;
  c: Connector;
}

async function enrolled(papercut: PaperCut): Promise<Site> {
  const hub = await HostileHub.start();
  const c = new Connector(hub);
  const r = await c.enroll(CODE, papercut.source, hub.agreement.sha256);
  if (r.code !== 0) throw new Error(`enroll: ${r.stderr}`);
  return { hub, c };
}

async function turn(c: Connector, ...words: string[]): Promise<void> {
  expect(await c.command("permissions", ...words)).toMatchObject({ code: 0 });
}

function rss_kb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}

/** The ports that a process has a connection to. */
function dialled(pid: number): Set<number> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const m = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (m) inodes.add(m[1]!);
    } catch {
      // It was closed meanwhile.
    }
  }
  const ports = new Set<number>();
  for (const table of ["tcp", "tcp6", "udp", "udp6"])
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1, -1)) {
      const words = line.trim().split(/\s+/);
      const port = parseInt(words[2]!.split(":")[1]!, 16);
      if (port && inodes.has(words[9]!)) ports.add(port);
    }
  return ports;
}

interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}

const report = JSON.parse(readFileSync(join(root, "docs/report.schema.json"), "utf8")) as Schema & { $defs: Record<string, Schema> };

/** What in a value is not of the schema, by its path. */
function strangers(value: unknown, schema: Schema, at = "$"): string[] {
  if (schema.$ref) return strangers(value, report.$defs[schema.$ref.split("/").pop()!]!, at);
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${at}: ${String(value)}`];
  switch (schema.type) {
    case "object":
      return [
        ...(schema.required ?? []).filter((name) => !(name in (value as object))).map((name) => `${at}.${name} is missing`),
        ...Object.entries(value as object).flatMap(([name, v]) => {
          const sub = schema.properties?.[name];
          return sub ? strangers(v, sub, `${at}.${name}`) : [`${at}.${name}: not in the schema`];
        }),
      ];
    case "array":
      return [
        ...((value as unknown[]).length > (schema.maxItems ?? Infinity) ? [`${at}: too many`] : []),
        ...(value as unknown[]).flatMap((v, i) => strangers(v, schema.items!, `${at}[${i}]`)),
      ];
    case "integer":
    case "number": {
      const n = value as number;
      const fits = typeof n === "number" && (schema.type === "number" || Number.isInteger(n));
      return fits && n >= (schema.minimum ?? -Infinity) && n <= (schema.maximum ?? Infinity) ? [] : [`${at}: ${String(value)}`];
    }
    case "string":
      return typeof value === "string" && value.length <= (schema.maxLength ?? Infinity) ? [] : [`${at}: ${String(value)}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at}: ${String(value)}`];
    default:
      throw new Error(`${at}: the schema says ${JSON.stringify(schema)}`);
  }
}

/** What a hub might wish that a connector took from an answer. */
function wishes(trap: string): Record<string, unknown> {
  const open = { revision: 9e15, monitoring: "on", console: "on", mfp: "on", at: "2026-01-01T00:00:00.000Z" };
  return {
    ...{ ...open, permissions: open, set_permission: open, config: { "hub.url": trap, "console.target": trap } },
    ...{ hub_url: trap, url: trap, location: trap, redirect: trap, exec: "/bin/sh -c id", shell: "id", file: "/etc/passwd" },
  };
}

/** Answers to polls that are well formed, and such that are not; `n` is above all that came before. */
function forgeries(trap: string, n: number): { good: string[]; bad: string[] } {
  const w = wishes(trap);
  const answer = (commands: unknown, more: object = {}) => JSON.stringify({ commands, schema_min: 1, schema_max: 2, ...more });
  const closed = ["report_now", "open_session", "close_session", "update_available"];
  const invented = ["set_permission", "set_permissions", "permissions", "monitoring_on", "exec", "shell", "set_config", "set_hub_url", "dial", "upload_file"];
  const carried = (kind: string, at: number): object => {
    // A visit's id is made of the number, so that the one that opens and the one behind it that closes are of one visit now and then.
    const visit = { session: `sess_06h1ny11t5snb26y1yd59y${String(at >> 1).padStart(3, "0")}0` };
    switch (kind) {
      case "update_available":
        return { version: "9.9.9" };
      case "open_session":
        return { ...visit, target: "console", reason: "Because I say so", by: "Somebody else", ask_until: "2099-01-01T00:00:00.000Z" };
      case "close_session":
        return [visit, { ...visit, why: "login_ended" }, { ...visit, why: "because_i_say_so" }][(at >> 2) % 3]!;
      default:
        return {};
    }
  };
  const command = (kind: string, at: number, more: object = {}) => ({ n: at, kind, ...carried(kind, at), ...more });
  const all = [...closed, ...invented];
  return {
    good: [
      answer(all.map((kind, i) => command(kind, n + i, w)), w), // forged, each with all that it wishes
      answer(all.map((kind, i) => command(kind, n + i, w)), w), // the same once more, the numbers replayed
      answer(all.map((kind, i) => command(kind, 1 + i, w)), w), // numbers of long ago
      answer(Array.from({ length: 64 }, (_, i) => command(closed[i % 4]!, n + 100 + i, w))),
      JSON.stringify({ ...w, copied: true }),
      answer([], { ...w, schema_max: 1_000_000 }),
    ],
    bad: [
      ...["-1", "0", "9223372036854775808", "9223372036854775807", "18446744073709551617", "1e400", "1.5", '"5"', "null", "true", "[]", "{}"].map(
        (number) => `{"commands":[{"n":${number},"kind":"report_now","monitoring":"on"}]}`,
      ),
      answer([command("report_now", n + 301), command("open_session", n + 300)]), // backwards
      answer([command("report_now", n + 301), command("report_now", n + 301)]), // twice
      answer(Array.from({ length: 100_000 }, (_, i) => command("report_now", n + 400 + i))),
      answer([command("report_now", n + 300, { version: "1.0" })]),
      answer([command("report_now", n + 300, { why: "technician" })]),
      answer([command("close_session", n + 300, { why: 5 })]),
      answer([{ n: n + 300, kind: "open_session" }]), // with nothing that it carries
      answer([command("close_session", n + 300, { target: "console" })]),
      answer([command("update_available", n + 300, { version: `${trap}/update.sh` })]),
      ...[5, null, true, { set_permission: w }, ["report_now"]].map((kind) => answer([{ n: n + 300, kind }])),
      ...[{}, "report_now", 5, [command("report_now", n)].map(() => 7)].map((commands) => answer(commands)),
      JSON.stringify([w]),
      JSON.stringify("set_permission"),
      `{"commands":[],"commands":[{"n":${n + 300},"kind":"report_now"}],"permissions":{"monitoring":"on"}}`,
      answer([], { schema_max: 0 }),
      answer([], { schema_max: -1 }),
      answer([], { copied: "yes" }),
    ],
  };
}

/** Polls get one forgery after the other; switches and reports an answer that wishes for more than it may. */
function forger(hub: HostileHub, trap: string): { misdeed: Misdeed; over: () => boolean } {
  const { good, bad } = forgeries(trap, 1000);
  const list = [...good, ...bad];
  let next = 0;
  const w = wishes(trap);
  const misdeed: Misdeed = (call, res) => {
    if (call.path === "/c/v1/commands") {
      // A held poll now and then, without which each further one would wait longer.
      const text = next % 2 === 0 ? list[next / 2] : undefined;
      next++;
      if (text === undefined) setTimeout(() => json(res, { ...w, commands: [] }), 1050);
      else json(res, text);
    } else if (call.path === "/c/v1/reports") json(res, { ...w, ...hub.acked(epochOf(call.body)), permissions: w });
    else json(res, w);
    return true;
  };
  return { misdeed, over: () => next >= 2 * list.length };
}

const COMBINATIONS = ["off", "on"].flatMap((monitoring) =>
  ["off", "on"].flatMap((console) => ["off", "on"].map((mfp) => ({ monitoring, console, mfp }))),
);

test("R9 R17 R18 R19 R70 in all 8 settings of the switches no hub's word turns one, dials elsewhere, or gets more than they leave open", async () => {
  const papercut = await PaperCut.start();
  const trapped: string[] = [];
  const trap = createServer((s) => {
    trapped.push("a connection");
    s.destroy();
  });
  await new Promise<void>((done) => trap.listen(0, "127.0.0.1", done));
  onTestFinished(() => void trap.close());
  const trapUrl = `https://localhost:${(trap.address() as { port: number }).port}`;

  await Promise.all(
    COMBINATIONS.map(async (set) => {
      const { hub, c } = await enrolled(papercut);
      await turn(c, "console", set.console, ...(set.console === "on" ? ["--for", "never"] : []));
      await turn(c, "mfp", set.mfp);
      await turn(c, "monitoring", set.monitoring);
      const before = { permissions: c.read("permissions.json"), config: c.read("connector.conf") };
      expect(JSON.parse(before.permissions)).toMatchObject(set);
      const { misdeed, over } = forger(hub, trapUrl);
      hub.misdeed = misdeed;
      const p = c.run(LEAN);
      const ports = new Set<number>();
      let looked = 0; // looking costs tens of milliseconds, and the hubs of all eight answer from this process
      await until(
        "every forgery was told",
        () => {
          if (performance.now() - looked > 500) {
            looked = performance.now();
            dialled(p.child.pid!).forEach((port) => ports.add(port));
          }
          expect(p.running).toBe(true);
          return over() && hub.asked("/c/v1/permissions").length > 0 && (set.monitoring === "off" || hub.records.length > 0);
        },
        240_000,
      );
      const where = JSON.stringify(set);
      expect({ permissions: c.read("permissions.json"), config: c.read("connector.conf") }, where).toEqual(before);
      const allowed = [hub.port, Number(new URL(papercut.url).port)];
      expect([...ports].filter((port) => !allowed.includes(port)), where).toEqual([]);
      if (set.monitoring === "off") expect(hub.asked("/c/v1/reports").length, where).toBe(0);
      for (const r of hub.records.filter((r) => r.kind === 1)) expect(strangers(r.json, report), where).toEqual([]);
      for (const m of hub.asked("/c/v1/permissions")) expect(JSON.parse(m.body.toString()), where).toMatchObject(set);
      const paths = new Set(hub.calls.map((call) => call.path));
      for (const path of ["/c/v1/invitation", "/c/v1/enroll", "/c/v1/commands", "/c/v1/permissions", "/c/v1/reports"]) paths.delete(path);
      // Visits: none is opened, and no tunnel dialled, unless the customer's own switch says `on`.
      if (set.console === "on") paths.delete("/c/v1/tunnel");
      const told = hub.calls.filter((call) => call.path.startsWith("/c/v1/sessions/sess_"));
      expect(told.length, where).toBeGreaterThan(0);
      for (const call of told) {
        paths.delete(call.path);
        if (set.console === "off") expect(JSON.parse(call.body.toString()), where).toMatchObject({ state: "refused" });
      }
      expect([...paths], where).toEqual([]);
      await p.stop();
      expect(c.read("permissions.json"), where).toBe(before.permissions);
    }),
  );
  expect(trapped).toEqual([]);
}, 300_000);

const OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const sized = (text: string | Buffer, more = "") => Buffer.concat([Buffer.from(`${OK}${more}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n`), Buffer.from(text)]);
const octets: Record<string, () => Buffer> = {
  "invalid UTF-8": () => sized(Buffer.from([...Buffer.from('{"a":"'), 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, ...Buffer.from('"}')])),
  "10,000 levels of arrays": () => sized("[".repeat(10_000) + "]".repeat(10_000)),
  "10,000 levels of objects": () => sized(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`),
  "a gzip bomb": () => sized(gzipSync(Buffer.alloc(100 << 20)), "Content-Encoding: gzip\r\n"),
  "an answer that stops half way": () => Buffer.from(`${OK}Content-Length: 1000\r\n\r\n{"commands":[`),
  "two lengths": () => Buffer.from(`${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}`),
  "no HTTP at all": () => Buffer.from("\0\x01\x02SSH-2.0-hello\r\n\r\n"),
  "a TLS connection closed in the middle": () => Buffer.from("HTTP/1."),
};

const problem = (code: string, status: number, headers: Record<string, string> = {}, more: object = {}): Misdeed => (_call, res) => {
  json(res, { type: "about:blank", title: "No", status, code, ...more }, status, { "content-type": "application/problem+json", ...headers });
  return true;
};

const reports = (answer: (call: Heard, hub: HostileHub) => object) => (hub: HostileHub): Misdeed => (call, res) => {
  if (call.path !== "/c/v1/reports") return false;
  json(res, { ...hub.acked(epochOf(call.body)), ...answer(call, hub) });
  return true;
};

const status = (code: number, headers: Record<string, string>, body = ""): Misdeed => (_call, res) => {
  res.writeHead(code, headers).end(body);
  return true;
};

/** By what it is; `again`: what it says may rightly be obeyed for longer than a test lasts, so the connector is started anew. */
const MISDEEDS: { name: string; make: (hub: HostileHub) => Misdeed; again?: boolean }[] = [
  ...Object.entries(octets).map(([name, make]) => {
    const bytes = make();
    return { name, make: () => ((_call, res) => raw(res, bytes)) as Misdeed };
  }),
  { name: "a body of 100 MB", make: () => (_call, res) => raw(res, sized(Buffer.alloc(100 << 20, 0x20))) },
  { name: "an endless chunked body", make: () => (_call, res) => endless(res, `${OK}Transfer-Encoding: chunked\r\n\r\n`, Buffer.from(`10000\r\n${" ".repeat(65536)}\r\n`)) },
  { name: "endless headers", make: () => (_call, res) => endless(res, OK, Buffer.from(`X-More: ${"x".repeat(8000)}\r\n`.repeat(8))) },
  { name: "one endless header", make: () => (_call, res) => endless(res, `${OK}X-More: `, Buffer.alloc(65536, 0x78)) },
  { name: "endless interim answers", make: () => (_call, res) => endless(res, "", Buffer.from(`HTTP/1.1 103 Early\r\nX-More: ${"x".repeat(1000)}\r\n\r\n`.repeat(50))) },
  { name: "an endless first line", make: () => (_call, res) => endless(res, "HTTP/1.1 200 ", Buffer.alloc(65536, 0x78)) },
  { name: "nothing more after half an answer", make: () => (_call, res) => raw(res, `${OK}Content-Length: 1000\r\n\r\n{`, false) },
  { name: "a hang-up", make: () => (_call, res) => !!res.socket?.destroy() },
  ...[301, 302, 307].flatMap((code) =>
    ["https://localhost:1/c/v1/commands", "http://127.0.0.1:1/"].map((to) => ({ name: `${code} to ${to}`, make: () => status(code, { location: to }) })),
  ),
  { name: "200 with HTML", make: () => status(200, { "content-type": "text/html" }, "<html>Welcome</html>") },
  { name: "204 for all", make: () => status(204, {}) },
  { name: "401 signature", make: () => problem("signature", 401), again: true },
  { name: "401 clock, another time each", make: () => (call, res) => problem("clock", 401, {}, { hub_time: new Date(Date.now() * Math.random() * 2).toISOString() })(call, res) },
  { name: "401 replayed", make: () => problem("replayed", 401) },
  { name: "401 unknown_key", make: () => problem("unknown_key", 401), again: true },
  { name: "403 revoked", make: () => problem("revoked", 403), again: true },
  { name: "409 superseded", make: () => problem("superseded", 409), again: true },
  ...["0", "-1", "1000000000000"].flatMap((after) =>
    [429, 503].map((code) => ({ name: `${code} with Retry-After ${after}`, make: () => problem("busy", code, { "retry-after": after }), again: after.length > 2 })),
  ),
  { name: "409 fork for each report", make: () => (call, res) => call.path === "/c/v1/reports" && problem("fork", 409)(call, res) },
  { name: "acknowledged: nothing, ever", make: reports(() => ({ acked: 0, ranges: [] })) },
  { name: "acknowledged: more than was sent", make: reports(() => ({ acked: 1e12, ranges: [] })) },
  { name: "acknowledged: less each time, then all", make: reports((_call, hub) => (hub.calls.length % 2 ? { acked: 0, ranges: [] } : {})) },
  { name: "ranges that overlap", make: reports(() => ({ acked: 1, ranges: [{ from: 1, to: 9e15 }, { from: 2, to: 5 }, { from: 2, to: 5 }] })) },
  { name: "ranges backwards", make: reports(() => ({ acked: 0, ranges: [{ from: 9, to: 3 }, { from: 3, to: 1 }] })) },
  { name: "another epoch", make: reports(() => ({ epoch: "0".repeat(32) })) },
  ...[0, -1, 1e9].map((credit) => ({ name: `credit ${credit}`, make: reports(() => ({ credit })) })),
  ...[0, 1e6, 1e9].map((schema_max) => ({
    name: `schema_max ${schema_max}`,
    make: () => ((call, res) => call.path === "/c/v1/commands" && json(res, { commands: [], schema_min: 1, schema_max })) as Misdeed,
  })),
  ...[0, 1e9].map((hold) => ({
    name: `hold_s ${hold}`,
    make: () => ((call, res) => call.path === "/c/v1/commands" && json(res, { hold_s: hold, poll_hold_s: hold })) as Misdeed,
  })),
  {
    name: "polls answered at once, switches refused",
    make: () => (call, res) => {
      if (call.path === "/c/v1/commands") return json(res, {});
      if (call.path !== "/c/v1/permissions") return false;
      setTimeout(() => problem("busy", 503)(call, res), 30); // after the poll's answer, which cancels nothing then
      return true;
    },
  },
  ...["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"].map((date) => ({
    name: `Date of ${date}`,
    make: () => ((_call, res) => (res.setHeader("date", date), false)) as Misdeed,
  })),
];

interface Run {
  online: boolean;
  epoch: string;
  spooled: number;
  last_seq: number;
}

/** Tells the connector nothing but the truth, until all that it has read has arrived, and more than before. */
async function recovers({ hub, c }: Site): Promise<void> {
  hub.misdeed = undefined;
  const from = hub.calls.length;
  const had = hub.records.length;
  await until(
    "all has arrived at an honest hub",
    () => {
      const s = JSON.parse(c.read("status.json")) as Run;
      const arrived = s.online && s.spooled === 0 && hub.acked(s.epoch).acked >= s.last_seq && hub.records.length > had;
      return arrived && hub.calls.slice(from).some((call) => call.path === "/c/v1/commands");
    },
    60_000,
  );
}

/** What is wrong with a connector that is treated so for a while. */
async function suffer(site: Site, papercut: PaperCut, make: (hub: HostileHub) => Misdeed, again = false): Promise<void> {
  const { hub, c } = site;
  const pid = c.program!.child.pid!;
  const before = { permissions: c.read("permissions.json"), config: c.read("connector.conf"), rss: rss_kb(pid) };
  const allowed = [hub.port, Number(new URL(papercut.url).port)];
  const from = hub.calls.length;
  const misdeed = make(hub);
  const began = performance.now();
  let hits = 0;
  let most = 0;
  hub.misdeed = (call, res) => {
    const did = misdeed(call, res);
    if (did) hits++;
    return did;
  };
  await until(
    "it was met",
    () => {
      most = Math.max(most, rss_kb(pid) - before.rss);
      expect([...dialled(pid)].filter((port) => !allowed.includes(port))).toEqual([]);
      const took = performance.now() - began;
      // What names no refusal (a date, a word too many) is met without a hit.
      return took > 5500 && (hits > 1 || hub.calls.length > from + 2 || took > 12_000);
    },
    30_000,
  );
  expect(c.program!.running).toBe(true);
  expect(most, "KiB more").toBeLessThan(RSS_MORE_KB);
  expect(hub.rush(from, 1000), "calls within 1 s").toBeLessThanOrEqual(CALLS_A_SECOND);
  expect(hub.rush(from, 5000), "calls within 5 s").toBeLessThanOrEqual(CALLS_IN_5_S);
  expect({ permissions: c.read("permissions.json"), config: c.read("connector.conf") }).toEqual({ permissions: before.permissions, config: before.config });
  if (again) {
    await c.program!.stop();
    hub.misdeed = undefined;
    c.run(LEAN);
  }
  await recovers(site);
}

/** A server whose printer is never the same for long, so that there is always something to report. */
async function busyPaperCut(): Promise<PaperCut> {
  const papercut = await PaperCut.start();
  let turns = 0;
  const timer = setInterval(() => {
    papercut.change({ printers: [{ name: "server\\first", status: turns++ % 2 ? "OK" : "PAPER_JAM" }] });
  }, 1500);
  onTestFinished(() => clearInterval(timer));
  return papercut;
}

test("R18 whatever a hub answers, the connector lives, stays small, does not hurry, keeps what it read, and an honest hub gets it all", async () => {
  const papercut = await busyPaperCut();
  const waiting = MISDEEDS.filter((m) => m.name.includes(process.env.MISDEED ?? ""));
  const failures: string[] = [];
  const worker = async () => {
    let site: Site | undefined;
    for (let m = waiting.shift(); m; m = waiting.shift()) {
      try {
        if (!site) {
          site = await enrolled(papercut);
          site.c.run(LEAN);
        }
        await recovers(site);
        await suffer(site, papercut, m.make, m.again);
      } catch (e) {
        failures.push(`${m.name}: ${(e as Error).message}`);
        await site?.c.program?.kill9();
        site = undefined;
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  expect(failures).toEqual([]);
}, 400_000);

test("a hub that takes a key and forgets it each time is not asked without an end", async () => {
  const papercut = await busyPaperCut();
  const site = await enrolled(papercut);
  site.c.run(LEAN);
  await recovers(site);
  expect(await site.c.command("rotate-key")).toMatchObject({ code: 0 });
  await suffer(site, papercut, () => (call, res) => call.path !== "/c/v1/key" && problem("unknown_key", 401)(call, res), true);
  expect(site.hub.asked("/c/v1/key").length).toBeLessThanOrEqual(3);
}, 120_000);
