/* WebSockets through a session as directly, by other people's ends: npm's ws, and a browser by HTTP/2 (RFC 8441) and HTTP/1.1; and
 * that the customer's end now and switch cut them, event streams and downloads within a second. */
import { randomBytes } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, engines, newTab, technicians } from "../harness/browser.ts";
import { Echo } from "../harness/echo.ts";
import { Premises } from "../harness/premises.ts";
import { needs } from "../harness/skip.ts";
import { Client } from "../harness/socket.ts";
import { until } from "../harness/until.ts";

const MIB = 1 << 20;

/** A conversation, and what of it can be seen at its client's end. */
async function converse(c: Client): Promise<unknown> {
  const { ws } = c;
  ws.send("a text: ä");
  ws.send(Buffer.from([0, 1, 255]));
  const small = (await c.come(2)).map((d) => d.toString("hex"));
  const large = randomBytes(8 * MIB);
  ws.send(large);
  const same = (await c.come(1))[0]!.equals(large);
  ws.ping("are you there");
  await until("a pong has come", () => c.pongs === 1);
  ws.send("end");
  await until("it has ended", () => c.ended);
  return { small, same, protocol: ws.protocol, extensions: ws.extensions, code: c.ended!.code, reason: c.ended!.reason };
}

test("R56 npm's ws speaks with npm's ws through a session as directly", async () => {
  const echo = await Echo.start();
  const p = await Premises.start(echo.url);
  await p.turn("console", "on");
  const visit = await p.visit();
  await visit.get("/");
  const direct = await converse(await Client.open(echo.url.replace("http", "ws")));
  expect(direct).toMatchObject({ same: true, protocol: "second", extensions: expect.stringContaining("permessage-deflate"), code: 4321, reason: "as you say" });
  expect(await converse(await Client.of(visit))).toEqual(direct);
  // What the target was asked is what a browser on site would have: its own names, its own cookie, nothing of ours.
  const head = echo.asked.at(-1)!;
  expect(head).toMatchObject({ host: new URL(echo.url).host, origin: echo.url, cookie: "who=me" });
  expect(JSON.stringify(head)).not.toMatch(/imprimatur|example\.test|forwarded/);
  // The client's own way to end it arrives there.
  const c = await Client.of(visit, "/ours");
  c.ws.close(3999, "enough");
  await until("the target knows", () => echo.ended.some((e) => e.path === "/ours"));
  expect(echo.ended.find((e) => e.path === "/ours")).toMatchObject({ code: 3999, reason: "enough" });
  // A no is the target's own no.
  await expect(Client.of(visit, "/refused")).rejects.toThrow("Unexpected server response: 403");
  // Both ways at once, as fast as it goes: 1 MB/s is the least.
  const both = await Client.of(visit, "/both");
  const began = performance.now();
  for (let i = 0; i < 256; i++) both.ws.send(Buffer.alloc(64 * 1024, i), { compress: false });
  await until("all of it has come back", () => both.octets === 16 * MIB);
  expect((16 * MIB) / 1e6 / ((performance.now() - began) / 1000), "MB/s").toBeGreaterThan(1);
  both.ws.close();
});

/** The same conversation by a page's own WebSocket. */
function converseInPage(page: Page): Promise<unknown> {
  return page.evaluate(
    () =>
      new Promise((done) => {
        const ws = new WebSocket(location.origin.replace("http", "ws") + "/page", ["first", "second"]);
        const got: string[] = [];
        const large = new Uint8Array(4 << 20).map((_, i) => (i * 31) & 255);
        ws.binaryType = "arraybuffer";
        ws.onopen = () => {
          ws.send("a text: ä");
          ws.send(large);
        };
        ws.onmessage = (m) => {
          if (typeof m.data === "string") return void got.push(m.data);
          const back = new Uint8Array(m.data as ArrayBuffer);
          got.push(String(back.length === large.length && back.every((v, i) => v === large[i])));
          ws.send("end");
        };
        ws.onclose = (e) => done({ got, protocol: ws.protocol, extensions: ws.extensions, code: e.code, reason: e.reason, clean: e.wasClean });
      }),
  );
}

test.for(engines)("R56 a browser's WebSocket, by HTTP/2 and by HTTP/1.1, does what it does directly: %s", { timeout: 120_000 }, async (engine, ctx) => {
  needs(ctx, browserMissing(engine));
  const echo = await Echo.start();
  const p = await Premises.start(echo.url);
  await p.turn("console", "on");
  const h2 = await technicians(p.hub, [], engine);
  const more = engine === "chromium" ? [await technicians(p.hub, ["--disable-http2"])] : [];
  const seen: unknown[] = [];
  for (const browser of [undefined, h2, ...more]) {
    const { page, complaints } = await newTab(browser ?? h2);
    await page.goto(browser ? (await p.way()).url : echo.url);
    await page.waitForURL((u) => u.pathname === "/");
    seen.push({ did: await converseInPage(page), complaints });
    expect(echo.asked.at(-1)).toMatchObject({ host: new URL(echo.url).host, origin: echo.url, cookie: "who=me" });
  }
  expect(seen[0]).toMatchObject({ did: { got: ["a text: ä", "true"], protocol: "second", code: 4321, clean: true }, complaints: [] });
  expect(seen[1], "HTTP/2").toEqual(seen[0]);
  if (more.length) expect(seen[2], "HTTP/1.1").toEqual(seen[0]);
});

test("a WebSocket beyond the 32 that a connector may have says that it is the connector's limit, not the hub's", async () => {
  const echo = await Echo.start();
  const p = await Premises.start(echo.url);
  await p.turn("console", "on");
  const visit = await p.visit();
  const open = await Promise.all(Array.from({ length: 32 }, () => Client.of(visit)));
  const head = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") };
  const ask = (language: string) => visit.get("/", { ...head, origin: visit.origin.origin, "accept-language": language });
  for (const [language, connector] of Object.entries({ en: "Connector at the site", fr: "Connecteur sur le site", de: "Connector am Standort" })) {
    const page = await ask(language);
    expect(page.status).toBe(503);
    expect(page.text).toContain(`<li class="down">${connector}</li>`);
    expect(page.text).not.toMatch(/The hub is busy|Le hub est occupé|Der Hub ist gerade ausgelastet/);
  }
  expect((await visit.get("/")).status).toBe(200);
  open[0]!.ws.close();
  await until("there is room again", async () => typeof (await visit.switchTo("/", "websocket", { ...head, origin: visit.origin.origin })) !== "number");
}, 60_000);

test.for(["end now", "the switch"] as const)("R29 %s cuts a WebSocket, an event stream and a download within a second, at both ends", async (how) => {
  const echo = await Echo.start();
  const p = await Premises.start(echo.url);
  await p.turn("console", "on");
  const visit = await p.visit();
  const c = await Client.of(visit, "/socket");
  c.ws.send("hello");
  await c.come(1);
  const cut = new Map<string, number>();
  for (const path of ["/events", "/download"]) {
    const res = await visit.begin("GET", path);
    res.on("error", () => {});
    res.on("close", () => cut.set(path, performance.now()));
    await new Promise((flows) => res.once("data", flows));
    res.resume();
  }
  const began = performance.now();
  if (how === "end now") await p.end(visit.session.id);
  else await p.page.turn("console", "off");
  await until("all is cut", () => c.ended && cut.size === 2 && echo.ended.length === 3);
  const took = [c.ended!.at_ms, ...cut.values(), ...echo.ended.map((e) => e.at_ms)].map((at) => Math.round(at - began));
  expect(c.ended!.code).toBe(1006); // cut, not closed in order
  expect(Math.max(...took), `ms at the browser (socket, events, download) and the target: ${took.join(" ")}`).toBeLessThan(1000);
  expect((await visit.get("/")).status).toBe(410);
});
