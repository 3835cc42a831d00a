/** What one client can take of a hub is bounded (docs/operate.md, "Limits"): whatever it tries, the others are answered
 * meanwhile. */
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { Problem } from "../harness/http.ts";
import { Hub } from "../harness/hub.ts";
import { until } from "../harness/until.ts";

/** Freed memory is not kept for the sanitizer's sake, so that what is resident is what is used. */
const LEAN = { ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99:quarantine_size_mb=1:allocator_release_to_os_interval_ms=500" };

/** Handshakes in progress of one address; 256 are in all. */
const SHARE = 64;
/** Whoever comes while nobody's time is over waits for no deadline, on however busy a machine. */
const AT_ONCE_MS = 5000;
const AN_ADDRESS = 1024;
const CONNECTIONS = 2000;
/** TLS state and the sanitizer's marks around it; the hub itself holds no buffer for who is idle. */
const RSS_EACH_KB = 128;
const DESCRIPTORS = 100;

/** A connection in the test's own hands. */
interface Line<S extends Socket = Socket> {
  socket: S;
  got: string;
  open: boolean;
  closed: boolean;
}

function follow<S extends Socket>(socket: S, opened: string): Line<S> {
  const line: Line<S> = { socket, got: "", open: false, closed: false };
  socket.on("error", () => {});
  socket.once(opened, () => (line.open = true));
  socket.on("data", (d) => (line.got += d.toString("latin1")));
  socket.once("close", () => (line.closed = true));
  onTestFinished(() => void socket.destroy());
  return line;
}

const port = (hub: Hub) => Number(new URL(hub.url).port);

/** TCP alone. */
const knock = (hub: Hub, from = "127.0.0.1", allowHalfOpen = false) => follow(connect({ host: "127.0.0.1", port: port(hub), localAddress: from, allowHalfOpen }), "connect");

/** `from`: an address of loopback. */
function dial(hub: Hub, from = "127.0.0.1"): Line<TLSSocket> {
  const options: ConnectionOptions & Pick<TcpNetConnectOpts, "localAddress"> = { host: "127.0.0.1", port: port(hub), localAddress: from, servername: "localhost", ca: readFileSync(hub.caFile) };
  return follow(connectTls({ ...options, ALPNProtocols: ["http/1.1"] }), "secureConnect");
}

const head = (hub: Hub, path: string, method = "GET") => `${method} ${path} HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\n`;

/** A good client's question, by a connection that it has open if `agent` keeps one. */
async function served(hub: Hub, agent?: Agent): Promise<boolean> {
  return (await hub.http().call("GET", "/healthz", { agent })).status === 200;
}

function keeper(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

const descriptors = (hub: Hub) => readdirSync(`/proc/${hub.program.child.pid!}/fd`).length;

function rss_kb(hub: Hub): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${hub.program.child.pid!}/status`, "utf8"))![1]);
}

/** What it has had of a processor, in ms (proc(5): ticks of 10 ms, fields 14 and 15). */
function cpu_ms(hub: Hub): number {
  const fields = readFileSync(`/proc/${hub.program.child.pid!}/stat`, "utf8").split(") ")[1]!.split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** How long it takes until another address, which is not connected yet, is answered. */
async function other_is_served(hub: Hub): Promise<number> {
  const from = performance.now();
  const other = dial(hub, "127.0.0.77");
  other.socket.write(`${head(hub, "/healthz")}\r\n`);
  await until("another address is answered", () => other.got.startsWith("HTTP/1.1 200 "), 40_000);
  return performance.now() - from;
}

/** `each` of each of these addresses, that never say hello. */
async function flood(hub: Hub, from: string[], each: number): Promise<Line[]> {
  const lines = from.flatMap((address) => Array.from({ length: each }, () => knock(hub, address)));
  await until("they are there", () => lines.every((l) => l.open));
  return lines;
}

test("while 1,000 of one address never say hello another address is answered", async () => {
  const hub = await Hub.start();
  await flood(hub, ["127.0.0.2"], AN_ADDRESS);
  expect(await other_is_served(hub)).toBeLessThan(AT_ONCE_MS);
});

test("while 1,000 of four addresses hold all handshakes the oldest of them give way to another address", async () => {
  const hub = await Hub.start();
  await flood(hub, ["127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"], 4 * SHARE);
  expect(await other_is_served(hub)).toBeLessThan(AT_ONCE_MS);
});

test("those who never say hello, a head without end and a body that stops are cut at their deadlines, and others are answered", async () => {
  const hub = await Hub.start();
  const agent = keeper();
  expect(await served(hub, agent)).toBe(true);
  const slow = dial(hub);
  slow.socket.write(head(hub, "/healthz"));
  const drip = setInterval(() => slow.socket.write("X-More: 1\r\n"), 500);
  onTestFinished(() => clearInterval(drip));
  const stopped = dial(hub);
  const fields = `Origin: ${hub.url}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n`;
  stopped.socket.write(`${head(hub, "/api/v1/logins", "POST")}${fields}\r\n{"email"`);
  await until("both are open", () => slow.open && stopped.open);

  const silent = await flood(hub, ["127.0.0.1"], SHARE);
  expect(await served(hub, agent)).toBe(true);

  for (const [what, line] of [["head", slow], ["body", stopped]] as const) {
    await until(`the ${what} is given up`, () => line.got !== "", 15_000);
    expect(line.got, what).toMatch(/^HTTP\/1\.1 408 [^]*"code":"timeout"/);
    expect(await served(hub, agent)).toBe(true);
  }
  await until("the silent are given up", () => silent.every((l) => l.closed), 15_000);
});

test("who closes one half is answered and let go, or let go", async () => {
  const hub = await Hub.start();
  expect(await served(hub)).toBe(true);
  const before = descriptors(hub);
  const asked = Array.from({ length: 50 }, () => dial(hub));
  for (const l of asked) l.socket.end(`${head(hub, "/healthz")}\r\n`);
  const mute = Array.from({ length: 50 }, () => knock(hub, undefined, true));
  for (const l of mute) l.socket.end();
  await until("all are over", () => [...asked, ...mute].every((l) => l.closed), 8_000);
  for (const l of asked) expect(l.got).toMatch(/^HTTP\/1\.1 200 /);
  expect(await served(hub)).toBe(true);
  await until("the hub holds none of them", () => descriptors(hub) <= before, 8_000);
});

test("JSON that is too deep or too long is refused by name, and a login is answered", async () => {
  const hub = await Hub.start();
  const { email, password } = await hub.provider();
  const headers = { "content-type": "application/json", origin: hub.url };
  const post = (body: string) => hub.http().call<Problem>("POST", "/api/v1/logins", { headers, body });
  const deep = (levels: number) => `{"email":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  expect((await post(deep(1000))).body).toMatchObject({ status: 400, code: "json" });
  expect((await post(deep(17))).body).toMatchObject({ status: 400, code: "json" });
  expect((await post(JSON.stringify({ email: "x".repeat(1 << 20) }))).body).toMatchObject({ status: 413, code: "too_large" });
  await hub.logIn(email, password);
});

test("1,024 connections of one address, and 2,000 of several, are idle in little memory, and another is answered", async () => {
  const hub = await Hub.start();
  await hub.program.stop();
  await hub.serve(LEAN);
  expect(await served(hub)).toBe(true);
  const before = rss_kb(hub);
  const lines: Line[] = [];
  const open = async (from: string, n: number) => {
    for (const end = lines.length + n; lines.length < end; ) {
      const some = Array.from({ length: Math.min(64, end - lines.length) }, () => dial(hub, from));
      lines.push(...some);
      await until("they are open", () => some.every((l) => l.open));
    }
  };
  await open("127.0.0.2", AN_ADDRESS);
  const refused = dial(hub, "127.0.0.2");
  await until("one more of the same address is closed", () => refused.closed);
  expect(refused.open).toBe(false);
  await open("127.0.0.3", CONNECTIONS - AN_ADDRESS);
  expect(await served(hub)).toBe(true);
  expect(lines.filter((l) => l.closed)).toEqual([]);
  expect((rss_kb(hub) - before) / CONNECTIONS, "KiB each").toBeLessThan(RSS_EACH_KB);
}, 180_000);

test("without a descriptor left the hub serves who is connected and, once the silent have had their time, others; it rests, and accepts all again once some have gone", async () => {
  const hub = await Hub.start({}, undefined, ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh"]);
  const agent = keeper();
  expect(await served(hub, agent)).toBe(true);
  const lines = Array.from({ length: 2 * DESCRIPTORS }, () => knock(hub));
  await until("one is dropped", () => lines.some((l) => l.closed));
  const [from, used] = [performance.now(), cpu_ms(hub)];
  await until("it has gone on for a while", async () => (await served(hub, agent)) && performance.now() - from > 2000);
  expect((cpu_ms(hub) - used) / (performance.now() - from), "of a processor").toBeLessThan(0.5);
  expect(await other_is_served(hub)).toBeLessThan(AT_ONCE_MS);
  for (const l of lines) l.socket.destroy();
  await until("it accepts again", () => served(hub));
});
