/* bench/visit.mjs - what a technician's browser does, timed; bench/session runs it.
 *   open SITE          asks for a session by the calls that the dashboard makes, follows the changes, goes in by the ticket and
 *                      asks for the first page: {"ms": click to its first octet, "session", "origin", "cookie"}
 *   page URL [COOKIE]  a page in Chromium, ROUNDS times, each with nothing kept: the median of the ms until all of it is loaded
 *   slow ORIGIN COOKIE N RATE PATH  N readers that take RATE octets a second each; "ready" when all have begun
 *   ask ORIGIN COOKIE PATH MAX_MS   asks until it is answered with 200 or MAX_MS have passed: the ms
 *   once ORIGIN COOKIE PATH  a question and a form at the same time: status and ms of the one that was answered last
 * HUB: where the hub's own address is; HUB_COOKIE: of a login. */
import { connect as connectTls } from "node:tls";
import { createRequire } from "node:module";
import { Agent, request } from "node:https";

const url = new URL(process.env.HUB_URL ?? "https://hub.localhost:8443");
const place = { host: "127.0.0.1", port: Number(process.env.HUB_PORT ?? 8443) };
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/* The answer's head. */
function begin(origin, method, path, { cookie, body, type, ms = 60_000 } = {}) {
  return new Promise((done, failed) => {
    const at = new URL(origin);
    const req = request(
      {
        ...place,
        agent,
        method,
        path,
        servername: at.hostname,
        headers: {
          host: at.host,
          ...(cookie ? { cookie } : {}),
          ...(body === undefined ? {} : { "content-type": type ?? "application/json", "content-length": Buffer.byteLength(body), origin }),
        },
      },
      done,
    );
    req.setTimeout(ms, () => req.destroy(new Error(`${method} ${path}: no answer in ${ms} ms`)));
    req.on("error", failed);
    req.end(body);
  });
}

async function whole(res) {
  const parts = [];
  for await (const part of res) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

async function api(method, path, body) {
  const res = await begin(url.origin, method, path, { cookie: process.env.HUB_COOKIE, body: body && JSON.stringify(body) });
  const text = await whole(res);
  if (res.statusCode >= 300) throw new Error(`${method} ${path}: ${res.statusCode} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/* Calls `look` after each change until it has found what it looks for. */
async function following(look) {
  const changes = await begin(url.origin, "GET", "/api/v1/changes", { cookie: process.env.HUB_COOKIE });
  try {
    let found = await look();
    if (found) return found;
    for await (const part of changes) {
      if (!part.includes("data:")) continue;
      found = await look();
      if (found) return found;
    }
    throw new Error("the changes ended");
  } finally {
    changes.destroy();
  }
}

async function enter(session) {
  const way = new URL((await api("POST", `/api/v1/sessions/${session}/url`, {})).url);
  await whole(await begin(way.origin, "GET", way.pathname));
  const entered = await begin(way.origin, "POST", "/.imprimatur/enter", {
    body: `ticket=${way.hash.slice(1)}`,
    type: "application/x-www-form-urlencoded",
  });
  if (entered.statusCode !== 303) throw new Error(`enter: ${entered.statusCode} ${await whole(entered)}`);
  await whole(entered);
  return { origin: way.origin, cookie: entered.headers["set-cookie"][0].split(";")[0] };
}

async function open(site) {
  const clicked = performance.now();
  let session;
  await following(async () => {
    session ??= (await api("POST", `/api/v1/sites/${site}/sessions`, { target: "console", reason: "bench" })).id;
    const { state, why } = await api("GET", `/api/v1/sessions/${session}`);
    if (state === "refused" || state === "ended") throw new Error(`the session is ${state}: ${why}`);
    return state === "open";
  });
  const { origin, cookie } = await enter(session);
  const first = await begin(origin, "GET", "/1k", { cookie });
  const ms = performance.now() - clicked;
  if (first.statusCode !== 200) throw new Error(`first page: ${first.statusCode}`);
  await whole(first);
  console.log(JSON.stringify({ ms: Math.round(ms), session, origin, cookie }));
}

async function page(address, cookie) {
  const { chromium } = createRequire(new URL("../test/package.json", import.meta.url))("playwright-core");
  const at = new URL(address);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--ignore-certificate-errors"].concat(
      cookie ? [`--host-resolver-rules=MAP ${at.host} 127.0.0.1:${place.port}`] : [],
    ),
  });
  const took = [];
  for (let i = 0; i < Number(process.env.ROUNDS ?? 3); i++) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    if (cookie) {
      const [name, value] = cookie.split(/=(.*)/s);
      await context.addCookies([{ name, value, url: at.origin, secure: true }]);
    }
    const tab = await context.newPage();
    const lost = [];
    tab.on("requestfailed", (r) => lost.push(r.url()));
    tab.on("response", (r) => {
      if (r.status() !== 200) lost.push(`${r.status()} ${r.url()}`);
    });
    await tab.goto(address, { waitUntil: "load" });
    const { ms, parts } = await tab.evaluate(() => ({
      ms: performance.getEntriesByType("navigation")[0].loadEventStart,
      parts: performance.getEntriesByType("resource").length,
    }));
    if (lost.length > 0 || parts < 60) throw new Error(`${parts} parts of 60: ${lost.join(", ")}`);
    took.push(ms);
    await context.close();
  }
  await browser.close();
  took.sort((a, b) => a - b);
  console.log(Math.round(took[(took.length - 1) >> 1]));
}

/* What the socket holds and the kernel keeps is not taken: each reads a little, then waits. */
function slow(origin, cookie, n, rate, path) {
  const at = new URL(origin);
  let begun = 0;
  for (let i = 0; i < n; i++) {
    const socket = connectTls({ ...place, servername: at.hostname, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${at.host}\r\nCookie: ${cookie}\r\n\r\n`);
    });
    socket.once("data", () => {
      if (++begun === n) console.log("ready");
    });
    socket.on("data", (data) => {
      socket.pause();
      setTimeout(() => socket.resume(), (data.length / rate) * 1000);
    });
    socket.on("error", (e) => console.error(e.message));
    socket.on("close", () => console.error("a reader's connection has ended"));
  }
}

async function ask(origin, cookie, path, max_ms) {
  const began = performance.now();
  for (;;) {
    const res = await begin(origin, "GET", path, { cookie, ms: 1000 }).catch(() => undefined);
    const ms = performance.now() - began;
    if (res) res.destroy();
    if (res?.statusCode === 200) return console.log(Math.round(ms));
    if (ms > max_ms) throw new Error(`${path}: not answered within ${max_ms} ms`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

async function once(origin, cookie, path) {
  const began = performance.now();
  const answered = async (method, more) => {
    const res = await begin(origin, method, path, { cookie, ...more });
    await whole(res);
    return { status: res.statusCode, ms: Math.round(performance.now() - began) };
  };
  const form = { body: "location=floor+2", type: "application/x-www-form-urlencoded" };
  const [first, last] = (await Promise.all([answered("GET"), answered("POST", form)])).sort((a, b) => a.ms - b.ms);
  console.log(`${first.status === last.status ? last.status : 0} ${last.ms}`);
}

const commands = { open, page, slow: (o, c, n, rate, path) => slow(o, c, Number(n), Number(rate), path), ask, once };
const [command, ...rest] = process.argv.slice(2);
try {
  await commands[command](...rest);
} catch (e) {
  console.error(`${command}: ${e.message}`);
  process.exit(1);
}
if (command !== "slow") process.exit(0);
