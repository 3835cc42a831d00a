/* Servers in devices that are odd in ways that browsers put up with: what a page's script gets is the same at the site and
 * through a session. */
import { connect } from "node:net";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, newTab, technicians } from "../harness/browser.ts";
import { Island } from "../harness/island.ts";
import { Premises } from "../harness/premises.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** Answers by the octets that stand for the path, or with the request itself, and takes any WebSocket; what is behind a '|' it does afterwards. */
const DEVICE = `
const answers = JSON.parse(process.argv[1]);
require("node:net").createServer({ noDelay: true }, (s) => {
  let text = "", asked = 0;
  s.on("error", () => {});
  s.on("data", (d) => {
    text += d.toString("latin1");
    for (;;) {
      const head = /^(\\w+) (\\S+) [^]*?\\r\\n\\r\\n/.exec(text);
      const length = head && /\\r\\ncontent-length: *(\\d+)/i.exec(head[0]);
      const whole = head && head[0].length + Number(length ? length[1] : 0);
      if (!head || text.length < whole) return;
      const said = text.slice(0, whole);
      text = text.slice(whole);
      asked++;
      if (head[2] === "/as-asked") {
        s.write("HTTP/1.1 200 OK\\r\\nContent-Length: " + said.length + "\\r\\n\\r\\n" + said);
        continue;
      }
      const key = /\\r\\nsec-websocket-key: *(\\S+)/i.exec(head[0]);
      if (key) {
        const accept = require("node:crypto").createHash("sha1").update(key[1] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
        return s.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
      }
      const [octets, then] = (answers[head[2].split("?")[0]] ?? answers["/"]).split("|");
      if (then === "forgets" && asked > 1) return s.resetAndDestroy();
      s.write(Buffer.from(octets, "latin1"));
      if (then === "closes") return s.end();
    }
  });
}).listen(80, "0.0.0.0");
`;

const PLAIN = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n";
const HELLO = `${PLAIN}Content-Length: 5\r\n\r\nhello`;
const HOME = '<!doctype html><html lang="en"><title>Odd</title><link rel="icon" href="data:,">';

interface Asked {
  method: string;
  path: string;
}

/** What a page's script gets, one after the other. */
function ask(page: Page, asked: Asked[]): Promise<unknown[]> {
  return page.evaluate(async (asked) => {
    const got = [];
    for (const { method, path } of asked) {
      const a = await fetch(path, { method, body: method === "POST" ? "a=b" : undefined });
      got.push([method, path, a.status, await a.text()]);
    }
    return got;
  }, asked);
}

/** A tab at the device and one in a session to it. */
async function tabs(answers: Record<string, string>): Promise<{ direct: Page; through: Page }> {
  const island = Island.make();
  const home = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\nContent-Length: ${HOME.length}\r\n\r\n${HOME}`;
  Program.start(process.execPath, ["-e", DEVICE, JSON.stringify({ "/": home, ...answers })], { inside: island.inside, foreign: true });
  await until("the device is up", () => new Promise<boolean>((done) => {
    const s = connect(80, island.theirs, () => done(true)).on("error", () => done(false));
    s.on("connect", () => s.destroy());
  }));
  const p = await Premises.start("http://127.0.0.1:9");
  await p.turn("mfp", "on");
  const { url } = await p.way(await p.addDevice("Odd", `http://${island.theirs}`));
  const browser = await technicians(p.hub);
  const [direct, through] = [(await newTab(browser)).page, (await newTab(browser)).page];
  await direct.goto(`http://${island.theirs}/`);
  await through.goto(url);
  await until("the device's page is there", async () => (await through.title()) === "Odd");
  return { direct, through };
}

const CHUNKED = "Transfer-Encoding: chunked";
const CHUNKS = "\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
const fields = (n: number) => Array.from({ length: n }, (_, i) => `X-${i}: ${i}\r\n`).join("");

/** What browsers understand. */
const odd: Record<string, string> = {
  bare_lines: `${PLAIN}Content-Length: 5\r\n\r\nhello`.replaceAll("\r\n", "\n"),
  one_bare_line: `${PLAIN}Content-Length: 5\n\r\nhello`,
  bare_lines_to_the_end: `${`${PLAIN}\r\n`.replaceAll("\r\n", "\n")}hello|closes`,
  small_letters: HELLO.toLowerCase(),
  length_unknown: `${PLAIN}Content-Length: -1\r\n\r\nhello|closes`,
  length_empty: `${PLAIN}Content-Length:\r\n\r\nhello|closes`,
  length_with_sign: `${PLAIN}Content-Length: +5\r\n\r\nhello|closes`,
  chunked_and_nothing: `${PLAIN}${CHUNKED},${CHUNKS}`,
  identity_and_chunked: `${PLAIN}Transfer-Encoding: identity, chunked${CHUNKS}`,
  coding_empty: `${PLAIN}Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello`,
  chunks_of_bare_lines: `${PLAIN}${CHUNKED}\r\n\r\n5\nhello\n0\n\n`,
  chunks_that_say_more: `${PLAIN}${CHUNKED}\r\n\r\n2;a=b;c="d, e" ; f\r\nhe\r\n003 ; g\r\nllo\r\n0;h\r\nX-Sum: 1\r\n\r\n`,
  no_blank_behind_the_code: HELLO.replace("200 OK", "200OK"),
  fields_100: `${PLAIN}${fields(97)}Content-Length: 5\r\n\r\nhello`,
};

test("R3 R56 what browsers understand of odd devices' answers they get through a session", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs(Object.fromEntries(Object.entries(odd).map(([name, octets]) => [`/${name}`, octets])));
  const asked = Object.keys(odd).flatMap((name) => Array(3).fill({ method: "GET", path: `/${name}` }) as Asked[]);
  const got = await ask(direct, asked);
  expect(got).toEqual(asked.map(({ method, path }) => [method, path, 200, "hello"]));
  expect(await ask(through, asked)).toEqual(got);
}, 60_000);

test("R56 a code that no class of answers has arrives", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({ "/600": HELLO.replace("200", "600"), "/999": HELLO.replace("200", "999") });
  const asked = ["/600", "/999"].map((path) => ({ method: "GET", path }));
  const got = await ask(direct, asked);
  expect(got.map((a) => (a as unknown[])[2])).toEqual([600, 999]);
  expect(await ask(through, asked)).toEqual(got);
}, 60_000);

test("R3 R56 a device that looks for fields as browsers write them finds them", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({});
  const seen = (page: Page) =>
    page.evaluate(async () => {
      const a = await fetch("/as-asked", { method: "POST", body: new URLSearchParams({ a: "b" }), headers: { "X-Requested-With": "XMLHttpRequest" } });
      return (await a.text()).split("\r\n").map((line) => line.split(":")[0]!);
    });
  const names = ["Host", "Content-Length", "Content-Type", "User-Agent", "Accept", "Accept-Language", "Accept-Encoding", "Origin", "Referer", "Cookie", "X-Requested-With"];
  expect(await seen(direct)).toEqual(expect.arrayContaining(names));
  expect(await seen(through)).toEqual(expect.arrayContaining(names));
}, 60_000);

test("R3 R56 scripts of a device by http find it below http:// and ws:// with their own location's host", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({ "/script": HELLO.replace("text/plain", "text/javascript").replace("hello", "a=5//"), "/hello": HELLO });
  const works = (page: Page) =>
    page.evaluate(async () => {
      const told = (e: EventTarget, good: string) => new Promise<string>((done) => {
        e.addEventListener(good, () => done(good));
        e.addEventListener("error", () => done("error"));
      });
      const script = document.createElement("script");
      script.src = `http://${location.host}/script`;
      const frame = document.createElement("iframe");
      frame.src = `http://${location.host}/hello`;
      const worker = new Worker(URL.createObjectURL(new Blob([`fetch("http://${location.host}/hello").then((a) => a.text()).then(postMessage, () => postMessage("error"))`])));
      const got = Promise.all([
        told(new WebSocket(`ws://${location.host}/ws`), "open"),
        fetch(`http://${location.host}/hello`).then((a) => a.text(), () => "error"),
        told(script, "load"),
        told(frame, "load").then(() => frame.contentDocument?.body.innerText),
        new Promise((done) => (worker.onmessage = (m) => done(m.data))),
      ]);
      document.body.append(script, frame);
      return got;
    });
  expect(await works(direct)).toEqual(["open", "hello", "load", "hello", "hello"]);
  expect(await works(through)).toEqual(["open", "hello", "load", "hello", "hello"]);
}, 60_000);

test("R3 R56 an address may be as long as a request's head", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({});
  const line = (page: Page) => page.evaluate(async (path) => (await (await fetch(path)).text()).split("\r\n")[0], `/as-asked?${"x".repeat(14_000)}`);
  expect(await line(through)).toBe(await line(direct));
}, 60_000);

test("R56 an answer that breaks off or is none is said to be the device's, in each language", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const broken = {
    chunks: `${PLAIN}${CHUNKED}\r\n\r\n5\r\nhello\r\nx\r\n|closes`,
    none: "hello|closes",
    two_lengths: `${PLAIN}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello|closes`,
    fields_101: `${PLAIN}${fields(98)}Content-Length: 5\r\n\r\nhello|closes`,
    long: `${PLAIN}X-Long: ${"x".repeat(33_000)}\r\nContent-Length: 5\r\n\r\nhello|closes`,
  };
  const short = `${PLAIN}Content-Length: 50\r\n\r\nhello|closes`;
  const { through } = await tabs({ "/short": short, ...Object.fromEntries(Object.entries(broken).map(([name, octets]) => [`/${name}`, octets])) });
  /* The end comes behind the head, by itself: whether the browser has the head by then or not, it is never told that this was all. */
  for (let i = 0; i < 10; i++)
    expect(await through.evaluate(async () => {
      try {
        const answered = await fetch("/short");
        await answered.text();
        return answered.status;
      } catch {
        return "broken";
      }
    })).toSatisfy((got) => got === 502 || got === "broken");
  for (const name of Object.keys(broken))
    for (const [language, says] of Object.entries({ en: "cannot be shown here", fr: "ne peut pas être affichée ici", de: "hier nicht anzeigen" })) {
      const page = await through.evaluate(
        async ([path, language]) => {
          const a = await fetch(path!, { headers: { "accept-language": language! } });
          return [a.status, await a.text()] as const;
        },
        [`/${name}`, language],
      );
      expect([name, ...page]).toEqual([name, 502, expect.stringContaining(says)]);
      expect(page[1]).toMatch(/<li class="ok">[^]*<li class="ok">[^]*<li class="down">[^]*<code>target_answer<\/code>/);
    }
}, 60_000);

test("R3 R56 in a device's frames the page that says what is wrong stands where it is wrong", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const frames = '<!doctype html><title>Frames</title><frameset cols="50%,50%"><frame src="/fine"><frame src="/broken"></frameset>';
  const { through } = await tabs({
    "/frames": `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${frames.length}\r\n\r\n${frames}`,
    "/fine": HELLO,
    "/broken": "hello|closes",
  });
  await through.goto(new URL("/frames", through.url()).href);
  const shown = () => Promise.all(through.frames().slice(1).map((f) => f.evaluate(() => document.body.innerText)));
  await until("both are there", async () => (await shown())[0] === "hello");
  await until("the second says what is wrong", async () => /target_answer/.test((await shown())[1]!));
}, 60_000);

test("R3 R56 forms arrive at devices that close connections they said they would keep, or forget them", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({ "/closes": `${HELLO}|closes`, "/forgets": `${HELLO}|forgets` });
  const asked = ["/closes", "/forgets"].flatMap((path) =>
    Array.from({ length: 20 }, (_, i) => ({ method: i % 3 ? "POST" : "GET", path })),
  );
  expect(await ask(through, asked)).toEqual(await ask(direct, asked));
}, 60_000);
