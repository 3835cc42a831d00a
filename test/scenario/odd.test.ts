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

/** Answers by the octets that stand for the path; what is behind a '|' it does afterwards. */
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
      text = text.slice(whole);
      asked++;
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
  const home = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${HOME.length}\r\n\r\n${HOME}`;
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

test("R3 R56 forms arrive at devices that close connections they said they would keep, or forget them", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const { direct, through } = await tabs({ "/closes": `${HELLO}|closes`, "/forgets": `${HELLO}|forgets` });
  const asked = ["/closes", "/forgets"].flatMap((path) =>
    Array.from({ length: 20 }, (_, i) => ({ method: i % 3 ? "POST" : "GET", path })),
  );
  expect(await ask(through, asked)).toEqual(await ask(direct, asked));
}, 60_000);
