/** Bodies that weigh more than they may, over HTTP/2: each is refused by its name, costs no more than its limit, and somebody
 * else is answered all the while. */
import { readdirSync, readFileSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { offer } from "../harness/connector.ts";
import { END_HEADERS, END_STREAM, frame, FrameLine, get, HEADERS } from "../harness/frames.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { until } from "../harness/until.ts";
import { type Call, HandConnector } from "../harness/wire.ts";

/** Freed memory is not kept for the sanitizer's sake, so that what is resident is what is used. */
const LEAN = { ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99:quarantine_size_mb=1:allocator_release_to_os_interval_ms=500" };
const MIB = 1 << 20;
/** An answer waits for nobody's deadline (the shortest is 10 s), on however busy a machine. */
const AT_ONCE_MS = 5000;
/** What the hub may hold for bodies of one connection is less by far. */
const RSS_MORE_KB = 96 * 1024;
/** What a connection's credit lets through, and what is dropped after an early answer (4 MiB). */
const TAKEN_MAX = 8 * MIB;

const rss_kb = (hub: Hub) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${hub.program.child.pid!}/status`, "utf8"))![1]);

const descriptors = (hub: Hub) => readdirSync(`/proc/${hub.program.child.pid!}/fd`).length;

async function leanHub(): Promise<Hub> {
  const hub = await Hub.start();
  await hub.program.stop();
  await hub.serve(LEAN);
  return hub;
}

function dial(hub: Hub): ClientHttp2Session {
  const session = connect(hub.url, { ca: readFileSync(hub.caFile) });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

interface Asked {
  stream: ClientHttp2Stream;
  status?: number;
  code?: string;
  closed: boolean;
}

function ask(session: ClientHttp2Session, headers: Record<string, string>): Asked {
  const stream = session.request({ ":method": "POST", "content-type": "application/json", ...headers }, { endStream: false });
  const asked: Asked = { stream, closed: false };
  let text = "";
  stream.on("response", (h) => (asked.status = Number(h[":status"])));
  stream.on("data", (d) => (text += d));
  stream.on("error", () => {});
  stream.on("end", () => (asked.code = text ? JSON.parse(text).code : undefined));
  stream.on("close", () => (asked.closed = true));
  return asked;
}

const login = (hub: Hub, more: Record<string, string> = {}) => ({ ":path": "/api/v1/logins", origin: hub.url, ...more });
const signed = (call: Call) => ({ ":path": call.path, ...call.headers });

async function answer(a: Asked): Promise<string> {
  await until("it is answered", () => a.code !== undefined || a.closed, 40_000);
  return `${a.status} ${a.code}`;
}

/** Asks all the time until `during` has ended; the slowest answer, in ms. */
async function servedWhile(hub: Hub, during: Promise<unknown>): Promise<number> {
  let [over, slowest] = [false, 0];
  const end = during.finally(() => (over = true));
  end.catch(() => {});
  do {
    const from = performance.now();
    expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
    slowest = Math.max(slowest, performance.now() - from);
  } while (!over);
  await end;
  return slowest;
}

test("256 MiB, announced or not, are refused at the route's limit, and not taken", async () => {
  const hub = await leanHub();
  const session = dial(hub);
  expect(await answer(ask(session, login(hub, { "content-length": String(256 * MIB) })))).toBe("413 too_large");
  const before = rss_kb(hub);
  const pour = async () => {
    const a = ask(session, login(hub));
    const piece = Buffer.alloc(MIB, "x");
    let written = 0;
    const more = () => {
      while (!a.stream.destroyed && !a.closed && written < 256 && a.stream.write(piece)) written++;
    };
    a.stream.on("drain", more);
    more();
    expect(await answer(a)).toBe("413 too_large");
    a.stream.close();
  };
  expect(await servedWhile(hub, pour()), "ms").toBeLessThan(AT_ONCE_MS);
  expect(session.socket.bytesWritten).toBeLessThan(TAKEN_MAX);
  expect(rss_kb(hub) - before, "KiB").toBeLessThan(RSS_MORE_KB);
});

test("a gigabyte packed into one is refused at what it may be unpacked, and so is a bomb in a bomb", async () => {
  const hub = await leanHub();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const bomb = gzipSync(Buffer.alloc(1024 * MIB), { level: 9 });
  const type = "application/vnd.imprimatur.records";
  const before = rss_kb(hub);
  const throwAll = async () => {
    for (const body of [bomb, gzipSync(bomb)]) {
      const all = Array.from({ length: 10 }, () => {
        // Each on a connection of its own, so that no stream waits for another's credit.
        const a = ask(dial(hub), signed(c.identity.sign(hub.url, "POST", "/c/v1/reports", body, { encoding: "gzip" }, type)));
        a.stream.end(body);
        return a;
      });
      for (const a of all) expect(await answer(a)).toBe(body === bomb ? "413 too_large" : "400 record");
    }
    // Who is not known has nothing unpacked for him.
    const nobody = ask(dial(hub), signed(new HandConnector(hub).identity.sign(hub.url, "POST", "/c/v1/reports", bomb, { encoding: "gzip" }, type)));
    nobody.stream.end(bomb);
    expect(await answer(nobody)).toBe("401 unknown_key");
  };
  expect(await servedWhile(hub, throwAll()), "ms").toBeLessThan(AT_ONCE_MS);
  expect(rss_kb(hub) - before, "KiB").toBeLessThan(RSS_MORE_KB);
  expect((await c.report(c.next())).status).toBe(200);
}, 120_000);

test("128 bodies at once on one connection, each without its last octet, hold little and end at their deadline", async () => {
  const hub = await leanHub();
  expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
  const before = rss_kb(hub);
  const session = dial(hub);
  const type = "application/vnd.imprimatur.records";
  const all = Array.from({ length: 128 }, () => {
    const a = ask(session, { ":path": "/c/v1/reports", "content-type": type, "content-length": String(4 * MIB) });
    a.stream.write(Buffer.alloc(4 * MIB - 1));
    return a;
  });
  const end = async () => {
    for (const a of all) expect(await answer(a)).toMatch(/^(408 timeout|503 busy|undefined undefined)$/);
  };
  expect(await servedWhile(hub, end()), "ms").toBeLessThan(AT_ONCE_MS);
  expect(rss_kb(hub) - before, "KiB").toBeLessThan(RSS_MORE_KB);
}, 120_000);

test("JSON of any depth is refused by its name", async () => {
  const hub = await Hub.start();
  const { email, password } = await hub.provider();
  const session = dial(hub);
  for (const [levels, told] of [[17, "400 json"], [500, "400 json"], [1_000_000, "413 too_large"]] as const) {
    const a = ask(session, login(hub));
    a.stream.end(`{"email":${"[".repeat(levels)}${"]".repeat(levels)}}`);
    expect(await answer(a), String(levels)).toBe(told);
  }
  await hub.logIn(email, password);
});

test("who closes one half of a connection with HTTP/2 is let go at once", async () => {
  const hub = await Hub.start();
  expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
  const before = descriptors(hub);
  const lines = await Promise.all(Array.from({ length: 40 }, () => FrameLine.dial(hub)));
  for (const [i, f] of lines.entries()) f.socket.end(i % 2 ? frame(HEADERS, END_HEADERS | END_STREAM, 1, get(hub)) : "");
  await until("all are let go", () => lines.every((f) => f.closed), 8_000);
  expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
  await until("the hub holds none of them", () => descriptors(hub) <= before, 8_000);
});
