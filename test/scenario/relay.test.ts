/* The relay with all its legs: a browser's requests through hub and connector to a server at the site, whose every octet is
 * known: R56 what passes, in which form whatever, and R58 how much of it. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ClientHttp2Session, constants } from "node:http2";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import type { Site } from "../harness/api.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { until } from "../harness/until.ts";
import { SUFFIX, Visit } from "../harness/visit.ts";

const MIB = 1024 * 1024;
/** Fewer than a browser's connection may reset at once (docs/operate.md). */
const RESETS = 200;

/** What the site's server does by path; it notes each request that it gets. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  const path = req.url!.split("?")[0];
  if (path === "/many") {
    const part = Buffer.alloc(64 * 1024, "x");
    let left = Number(req.url!.split("?")[1]) * MIB;
    res.writeHead(200, { "content-length": String(left), "content-type": "application/octet-stream" });
    const more = () => {
      while (left > 0) {
        left -= part.length;
        if (!res.write(part)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  } else if (path === "/hints") {
    res.writeEarlyHints({ link: "</a.css>; rel=preload" });
    res.end("after hints");
  } else if (path === "/empty") {
    res.writeHead(204).end();
  } else if (path === "/unchanged") {
    res.writeHead(304, { etag: '"1"' }).end();
  } else if (path === "/chunks") {
    res.writeHead(200, { trailer: "x-sum" });
    res.write("one,");
    res.addTrailers({ "x-sum": "3" });
    res.end("two");
  } else if (path === "/until_close") {
    // As old devices do: no length, and the end is the connection's.
    res.socket!.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${"until the end ".repeat(1000)}`);
  } else if (path === "/early") {
    res.writeHead(413, { connection: "close" }).end("too much");
  } else if (path === "/length") {
    let n = 0;
    req.on("data", (d: Buffer) => (n += d.length));
    req.on("end", () => res.end(String(n)));
  } else {
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers }));
  }
}

interface World {
  hub: Hub;
  provider: Provider;
  site: Site;
  connector: Connector;
  server: Server;
  visit: Visit;
}

async function world(): Promise<World> {
  const server = createServer(answer);
  server.on("upgrade", (req: IncomingMessage, socket: Duplex) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${req.headers.upgrade}\r\nX-Own: 1\r\n\r\n`);
    socket.pipe(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const { provider, site } = await newSite(hub);
  const connector = await Connector.forSite(hub, provider, site, {
    "source.kind": "papercut",
    "source.papercut.url": `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    "source.papercut.key": "a-key",
  });
  const r = await connector.command("permissions", "console", "on");
  expect(r.code, r.stderr).toBe(0);
  await until("the hub knows", async () => (await provider.api.site(site.id)).permissions?.console === "on");
  return { hub, provider, site, connector, server, visit: await Visit.open(hub, provider, site) };
}

/** All that is left of a body that was begun. */
async function drain(res: IncomingMessage): Promise<number> {
  let n = 0;
  for await (const d of res) n += (d as Buffer).length;
  return n;
}

/** What came before the answer, and the answer. */
function hinted(w: World): Promise<{ link?: string; text: string }> {
  return new Promise((done, failed) => {
    const req = request({ ...w.visit.where("/hints"), agent: false }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (d: string) => (text += d));
      res.on("end", () => done({ link, text }));
    });
    let link: string | undefined;
    req.on("information", (info: { headers: Record<string, string> }) => (link = info.headers.link));
    req.on("error", failed);
    req.end();
  });
}

test("R56 requests and answers of every form pass, by HTTP/1.1", async () => {
  const w = await world();
  const page = await w.visit.get("/head?a=%20b", { "accept-language": "fr", "x-forwarded-for": "203.0.113.9" });
  expect(page.status, page.text).toBe(200);
  const seen = JSON.parse(page.text) as { method: string; url: string; headers: Record<string, string> };
  expect(seen).toMatchObject({ method: "GET", url: "/head?a=%20b", headers: { "accept-language": "fr" } });
  expect(JSON.stringify(seen)).not.toMatch(/imprimatur|203\.0\.113\.9/);
  expect((await w.visit.call("HEAD", "/many?5000")).headers["content-length"]).toBe(String(5000 * MIB));
  expect((await w.visit.get("/empty")).status).toBe(204);
  expect((await w.visit.get("/unchanged")).status).toBe(304);
  const hints = await hinted(w);
  expect([hints.link, hints.text]).toEqual(["</a.css>; rel=preload", "after hints"]);
  expect((await w.visit.get("/chunks")).text).toBe("one,two");
  const unsaid = await w.visit.begin("GET", "/until_close");
  expect([await drain(unsaid), unsaid.complete]).toEqual([14_000, true]);
  expect((await w.visit.post("/length", Buffer.alloc(20 * MIB))).text).toBe(String(20 * MIB));
  expect((await w.visit.call("PUT", "/length", { "transfer-encoding": "chunked" }, "12345")).text).toBe("5");
});

test("R56 a hundred requests at once get each its own answer, and by HTTP/2, too", async () => {
  const w = await world();
  const paths = Array.from({ length: 100 }, (_, i) => `/n?${i}`);
  const pages = await Promise.all(paths.map((p) => w.visit.get(p)));
  expect(pages.map((p) => (JSON.parse(p.text) as { url: string }).url)).toEqual(paths);
  const h2 = await w.visit.h2();
  const bodies = await Promise.all(
    paths.map(
      (p) =>
        new Promise<string>((done, failed) => {
          const s = h2.request({ ":path": p, ...w.visit.h2Head });
          let text = "";
          s.setEncoding("utf8");
          s.on("data", (d: string) => (text += d));
          s.on("end", () => done(text));
          s.on("error", failed);
        }),
    ),
  );
  expect(bodies.map((b) => (JSON.parse(b) as { url: string }).url)).toEqual(paths);
  // What HTTP/1.1 has no way for that browsers take: fields behind a body.
  const trailers = await new Promise<IncomingHttpHeaders>((done, failed) => {
    const s = h2.request({ ":path": "/chunks", ...w.visit.h2Head });
    s.on("trailers", done).on("error", failed).resume();
  });
  expect(trailers["x-sum"]).toBe("3");
});

/** A download by HTTP/2 whose stream is reset after its first octets. */
function cancelled(w: World, h2: ClientHttp2Session): Promise<void> {
  return new Promise((done, failed) => {
    const s = h2.request({ ":path": "/many?8", ...w.visit.h2Head });
    s.once("data", () => s.close(constants.NGHTTP2_CANCEL));
    s.on("error", failed);
    s.on("close", () => (s.rstCode === constants.NGHTTP2_CANCEL ? done() : failed(new Error(`reset by ${s.rstCode}`))));
  });
}

test("R58 downloads that are left by the thousand, and one that is slow, harm nobody", async () => {
  const w = await world();
  const slow = await w.visit.begin("GET", "/many?128");
  slow.pause();
  // As many at a time as a console gets connections; what is left is not read to its end by anybody.
  const leave = async (n: number) => {
    for (let i = 0; i < n; i++) {
      const res = await w.visit.begin("GET", "/many?8");
      expect(res.statusCode).toBe(200);
      res.destroy();
    }
  };
  const cancel = async (connections: number) => {
    for (let i = 0; i < connections; i++) {
      const h2 = await w.visit.h2();
      for (let k = 0; k < RESETS; k++) await cancelled(w, h2);
      h2.close();
    }
  };
  await Promise.all([leave(100), leave(100), cancel(3), cancel(3), cancel(3)]);
  expect((await w.visit.get("/n?1")).status).toBe(200);
  expect(await drain(await w.visit.begin("GET", "/many?64"))).toBe(64 * MIB);
  expect(await drain(slow)).toBe(128 * MIB);
}, 120_000);

test("an answer that comes before its upload has ended arrives, by HTTP/1.1 and HTTP/2", async () => {
  const w = await world();
  const page = await w.visit.post("/early", Buffer.alloc(8 * MIB));
  expect(page.status).toBe(413);
  expect(page.text).toBe("too much");
  const h2 = await w.visit.h2();
  const s = h2.request({ ":path": "/early", ":method": "POST", ...w.visit.h2Head });
  let status = 0;
  let text = "";
  s.on("response", (head) => (status = head[":status"]!));
  s.setEncoding("utf8").on("data", (d: string) => (text += d));
  s.on("error", () => {}); // what is sent behind the answer may be refused
  s.end(Buffer.alloc(8 * MIB));
  await until("the answer is whole", () => text === "too much");
  expect(status).toBe(413);
  s.close();
  expect((await w.visit.get("/n?1")).status).toBe(200);
});

test("R56 who sends slowly is heard to the end, and others meanwhile", async () => {
  const w = await world();
  const slow = request({ ...w.visit.where("/length"), method: "POST", agent: false });
  const answered = new Promise<string>((done, failed) => {
    slow.on("response", (res) => res.setEncoding("utf8").on("data", done));
    slow.on("error", failed);
  });
  for (let i = 0; i < 20; i++) {
    slow.write("x".repeat(100));
    expect((await w.visit.get(`/n?${i}`)).status).toBe(200);
  }
  slow.end();
  expect(await answered).toBe("2000");
});

test("R56 a target that is silent gives a page that says so within 15 s, and one that is gone does, too; back by itself", async () => {
  const w = await world();
  w.server.off("request", answer); // it takes connections, and says nothing
  const asked = performance.now();
  for (const page of await Promise.all([w.visit.get("/n?1"), w.visit.post("/length", Buffer.alloc(2 * MIB))])) {
    expect([page.status, performance.now() - asked < 16_000]).toEqual([504, true]);
    expect(page.text).toContain('<li class="ok">Connector at the site</li><li class="down">');
  }
  w.server.on("request", answer);
  const { port } = w.server.address() as AddressInfo;
  w.server.closeAllConnections();
  await new Promise((done) => w.server.close(done));
  const gone = await w.visit.get("/n?1");
  expect(gone.status).toBe(502);
  expect(gone.text).toContain('<li class="ok">Connector at the site</li><li class="down">');
  await new Promise<void>((done) => w.server.listen(port, "127.0.0.1", done));
  expect((await w.visit.get("/n?1")).status).toBe(200);
});

test("R29 a protocol that was switched to passes both ways, and end now cuts it and a download within a second", async () => {
  const w = await world();
  const socket = await w.visit.switchTo("/socket", "websocket", { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13" });
  expect(socket).not.toBeTypeOf("number");
  const stream = socket as Duplex;
  let got = 0;
  let ended = 0;
  stream.on("data", (d: Buffer) => (got += d.length));
  stream.on("error", () => {});
  stream.on("close", () => (ended = performance.now()));
  stream.write(Buffer.alloc(4 * MIB, "y"));
  await until("all of it has come back", () => got === 4 * MIB);
  const download = await w.visit.begin("GET", "/many?4000");
  let cut = 0;
  download.on("error", () => {});
  download.on("close", () => (cut = performance.now()));
  download.resume();
  const list = JSON.parse((await w.connector.command("sessions", "--json")).stdout) as { items: { id: string }[] };
  await w.connector.command("sessions", "end", list.items[0]!.id);
  await until("both are cut", () => cut > 0 && ended > 0);
  const page = await w.visit.get("/");
  expect(page.status).toBe(410);
  expect(page.headers["clear-site-data"]).toBe('"cache", "storage"');
});
