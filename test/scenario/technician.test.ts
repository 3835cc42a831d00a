/* A technician, or whoever stole what one had, who wants more than the session gives: other sessions, the print server's interfaces
 * for machines, other addresses of the site, a second request in the first. */
import { createServer, type IncomingMessage, request as ask } from "node:http";
import { createServer as createListener, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Island } from "../harness/island.ts";
import { Hosts } from "../harness/names.ts";
import { PaperCut } from "../harness/papercut.ts";
import { Premises } from "../harness/premises.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { Visit } from "../harness/visit.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const OURS = "__Host-imprimatur-s";

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
}

function enter(at: Visit, ticket: string, headers: Record<string, string> = {}) {
  return at.post("/.imprimatur/enter", `ticket=${ticket}`, { ...FORM, origin: at.origin.origin, ...headers });
}

test("R54 a session is for who holds its cookie, and its ticket is good once, for it alone", async () => {
  const papercut = await PaperCut.start();
  const p = await Premises.start(papercut.source);
  await p.turn("console", "on");
  const [mine, other] = [await p.visit(), await p.visit()];
  const nobody = new Visit(mine.session, new URL(mine.origin), p.hub.ca);
  const stranger = await nobody.get("/admin");
  expect(stranger.status).toBe(404);

  // Another session's cookie, by every name and form, is none.
  const [cookie, theirs] = [mine.cookies.get(OURS)!, other.cookies.get(OURS)!];
  for (const value of [
    ...[`${OURS}=${theirs}`, `${OURS}=${cookie}; ${OURS}=${theirs}`, `${OURS}=${theirs}; ${OURS}=${cookie}`, `${OURS}="${cookie}"`],
    ...[`${OURS.toLowerCase()}=${cookie}`, `${OURS} =${cookie}`, `${OURS}=${cookie.slice(0, -1)}`, `${OURS}=${cookie}A`, `${OURS}=`, "=", `=${OURS}=${cookie}`],
  ]) {
    const page = await nobody.get("/admin", { cookie: value });
    expect([value.replace(cookie, "mine").replace(theirs, "other"), page.status, page.text]).toEqual([expect.anything(), 404, stranger.text]);
  }
  const twice = await mine.rawly(`GET /admin HTTP/1.1\r\nHost: ${mine.origin.host}\r\nCookie: ${OURS}=${cookie}\r\nCookie: a=b\r\nConnection: close\r\n\r\n`);
  expect(statusOf(twice)).toBe(400);
  // A connection that was made for one session is none for the other.
  expect((await mine.get("/admin", { host: other.origin.host })).status).toBe(421);
  expect((await mine.get("/admin")).status).toBe(200);

  // A ticket: at another session, asked for instead of posted, from another page, too late, twice.
  const { url } = (await p.provider.api.raw<{ url: string }>("POST", `/api/v1/sessions/${other.session.id}/url`)).body;
  const ticket = new URL(url).hash.slice(1);
  expect((await enter(mine, ticket)).status).toBe(404);
  expect((await other.get(`/.imprimatur/enter?ticket=${ticket}`)).headers["set-cookie"]).toBeUndefined();
  expect((await enter(other, ticket, { origin: mine.origin.origin })).status).toBe(403);
  expect((await enter(other, ticket, { "sec-fetch-site": "same-site" })).status).toBe(403);
  expect((await enter(other, ticket)).status).toBe(303);
  const used = await enter(other, ticket);
  expect([used.status, used.headers["set-cookie"]]).toEqual([404, undefined]);
  expect((await other.get("/admin")).status).toBe(200);
  // What was entered anew has one holder.
  expect((await nobody.get("/admin", { cookie: `${OURS}=${theirs}` })).status).toBe(404);

  // Another provider's user finds neither session, ticket nor end of it.
  const rival = await p.hub.provider("Rival Print");
  for (const [method, path] of [["GET", ""], ["POST", "/url"], ["DELETE", ""]] as const)
    expect((await rival.api.raw(method, `/api/v1/sessions/${mine.session.id}${path}`)).status, method + path).toBe(404);
  await p.end(other.session.id);
  const late = await p.provider.api.raw("POST", `/api/v1/sessions/${other.session.id}/url`);
  expect(late.status).toBeGreaterThanOrEqual(400);
  expect((await other.get("/admin")).status).toBe(410);
  expect((await mine.get("/admin")).status).toBe(200);
});

/** Spellings of a segment, a slash and a way up that some server or other takes for them. */
const SPELT = {
  name: (n: string) => [n, n.toUpperCase(), `%${n.charCodeAt(0).toString(16)}${n.slice(1)}`, `${n};jsessionid=1`, `${n};`, `%25${n.charCodeAt(0).toString(16)}${n.slice(1)}`, `${n}%20`, `${n}%00`, `${n}%09`],
  slash: ["/", "//", "/./", "/;x/", "/%2e/", "%2f", "%2F", "%5c", "\\", "%252f", "%c0%af", "%e0%80%af", "/x/../", "/x/..;/", "/x/%2e%2e/", "/x/.%2e;a=b/", "/x%2f..%2f", "/%2e%2e/", "/x/%c0%ae%c0%ae/", "/.;/", "/%3b/"],
};

function spellings(): string[] {
  const tails: Record<string, string> = { rpc: "/api/xmlrpc", api: "/health", device: "" };
  return Object.keys(tails).flatMap((n) => SPELT.slash.flatMap((slash) => SPELT.name(n).map((name) => slash + name + tails[n])));
}

test("R26 no spelling of a path leads to the print server's interfaces for machines, in either form and version of HTTP", async () => {
  const papercut = await PaperCut.start();
  const p = await Premises.start(papercut.source);
  await p.turn("console", "on");
  const visit = await p.visit();
  const paths = spellings();
  // What leads there on site, where nobody guards it: or this has shown nothing.
  const on_site = new URL(papercut.url);
  const direct = async (path: string) =>
    new Promise<number>((done, failed) => {
      const req = ask({ host: on_site.hostname, port: on_site.port, path }, (res) => done(res.resume().statusCode!));
      req.on("error", failed);
      req.end();
    });
  const served = new Set<string>();
  for (const path of paths) if (path[0] === "/" && /^\/[^\\]*$/.test(path) && ![400, 404].includes(await direct(`${path}?zzdirect`))) served.add(path);
  expect(served.size).toBeGreaterThan(40);

  const seen = () => papercut.calls.filter((c) => c.query === "zzguest").map((c) => c.path);
  let h2 = await visit.h2();
  let asked = 0;
  const byH2 = async (path: string) => {
    if (++asked % 50 === 0) h2 = await visit.h2(); // who says what is no HTTP too often is hung up on
    return new Promise<number>((done, failed) => {
      const s = h2.request({ ":path": `${path}?zzguest`, ...visit.h2Head });
      s.on("response", (head) => done(Number(head[":status"])));
      s.on("error", (e) => (s.rstCode ? done(0) : failed(e)));
      s.resume();
    });
  };
  const head = `Host: ${visit.origin.host}\r\nCookie: ${visit.cookieHeader}\r\n`;
  // One connection for all: each answer is read before the next request.
  const wrong: unknown[] = [];
  for (const path of paths) {
    const status = await byH2(path);
    if (![400, 403].includes(status) && !(status === 0 && path[0] !== "/")) wrong.push([path, status]);
  }
  expect(wrong).toEqual([]);
  const forms = [...served].flatMap((path) => [path, `https://${visit.origin.host}${path}`]);
  for (let i = 0; i < forms.length; i += 20) {
    const some = forms.slice(i, i + 20);
    const text = await visit.rawly(some.map((f, k) => `GET ${f}?zzguest HTTP/1.1\r\n${head}${k === some.length - 1 ? "Connection: close\r\n" : ""}\r\n`).join(""));
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => m[1])).toEqual(some.map(() => "403"));
  }
  for (const target of ["http://127.0.0.1:9191/rpc", `http://evil.test/rpc`, "rpc", "*", `//${on_site.host}/rpc`, "https:///rpc"])
    expect(statusOf(await visit.rawly(`GET ${target} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)), target).toBeGreaterThanOrEqual(400);
  expect(seen()).toEqual([]);
  // The pages themselves, in harmless spellings, are there.
  for (const path of ["/admin", "//admin", "/admin;jsessionid=1"]) expect(await byH2(path), path).toBe(200);
  expect(seen()).toHaveLength(3);
});

interface Came {
  method: string;
  url: string;
  head: string;
  body: string;
}

/** A server at the site that notes what it is asked; `/no` refuses to switch protocols and goes on. */
async function notes(): Promise<{ url: string; came: Came[] }> {
  const came: Came[] = [];
  const note = (req: IncomingMessage, body: string) => {
    const head = req.rawHeaders.map((v, i) => (i % 2 ? `${v}\n` : `${v.toLowerCase()}: `)).join("");
    came.push({ method: req.method!, url: req.url!, head, body });
  };
  const server = createServer((req, res) => {
    let body = "";
    req.setEncoding("latin1").on("data", (d: string) => (body += d));
    req.on("end", () => {
      note(req, body);
      res.end("ok");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came };
}

const INNER = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";

/** Heads that two servers read in two ways, and bodies that would be a second request to one of them. */
const TWO_FACED: [string, string][] = [
  [`Content-Length: ${INNER.length}\r\n${CHUNKED}`, `0\r\n\r\n${INNER}`],
  [`${CHUNKED}Content-Length: 5\r\n`, `0\r\n\r\n${INNER}`],
  [`Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n`, INNER],
  [`Content-Length: 0, ${INNER.length}\r\n`, INNER],
  [`Content-Length: +${INNER.length}\r\n`, INNER],
  [`Content-Length: -1\r\n`, INNER],
  [`Content-Length: 0x10\r\n`, INNER],
  [`Content-Length : ${INNER.length}\r\n`, INNER],
  [`Content-Length:\r\n ${INNER.length}\r\n`, INNER],
  [`Transfer-Encoding: xchunked\r\n`, `0\r\n\r\n${INNER}`],
  [`Transfer-Encoding: chunked, identity\r\n`, `0\r\n\r\n${INNER}`],
  [`Transfer-Encoding: identity\r\n`, `0\r\n\r\n${INNER}`],
  [`Transfer-Encoding : chunked\r\n`, `0\r\n\r\n${INNER}`],
  [`Transfer-Encoding:\x0bchunked\r\n`, `0\r\n\r\n${INNER}`],
  [`Transfer-Encoding:\r\n chunked\r\n`, `0\r\n\r\n${INNER}`],
  [`${CHUNKED}${CHUNKED}`, `0\r\n\r\n${INNER}`],
  [`X: y\n${CHUNKED}`, `0\r\n\r\n${INNER}`],
  [`X: y\rTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${INNER}`],
  [`X: a\0b\r\n`, ""],
  [` X: y\r\n`, ""],
  [`X y: z\r\n`, ""],
  [`: z\r\n`, ""],
  [`Host: evil.test\r\n`, ""],
  [CHUNKED, `1;\n${INNER}`],
  [CHUNKED, `0x5\r\n${INNER}`],
  [CHUNKED, `+5\r\n${INNER}`],
  [CHUNKED, `5 \r\nhello\r\n0\r\n\r\n`],
  [CHUNKED, `ffffffffffffffff1\r\n${INNER}`],
  [CHUNKED, `5\r\nhelloX0\r\n\r\n`],
  [CHUNKED, `0\n\n${INNER}`],
];

test("R26 one request at a session's origin is one request at the target, with nothing in it that others say of themselves", async () => {
  const { url, came } = await notes();
  const p = await Premises.start(url);
  await p.turn("console", "on");
  const visit = await p.visit();
  await visit.get("/");
  const polls = (c: Came) => c.url.startsWith("/api/");
  const guests = () => came.filter((c) => !polls(c));
  const head = `Host: ${visit.origin.host}\r\nCookie: ${visit.cookieHeader}; a=b\r\n`;
  const ok = async (first: string, more = "", body = "") => {
    came.length = 0;
    expect([first, statusOf(await visit.rawly(`${first}\r\n${head}Connection: close\r\n${more}\r\n${body}`))]).toEqual([first, 200]);
    expect(guests(), first).toHaveLength(1);
    return guests()[0]!;
  };

  came.length = 0;
  const through: unknown[] = [];
  await Promise.all(
    TWO_FACED.map(async ([more, body]) => {
      const text = await visit.rawly(`POST /two HTTP/1.1\r\n${head}${more}\r\n${body}`);
      // Refused, or one request alone whose body broke off: never an answer to the second.
      if (!/^HTTP\/1\.1 4\d\d/.test(text) || text.split("HTTP/1.1 ").length > 2) through.push([more, body, text]);
    }),
  );
  expect(through).toEqual([]);
  expect(guests()).toEqual([]);
  for (const line of ["GET  /two HTTP/1.1", "GET /two HTTP/1.2", "GET /two", "GET /t wo HTTP/1.1", "G\0T / HTTP/1.1", "GET /#x HTTP/1.1", "GET /\x80 HTTP/1.1", "PRI * HTTP/2.0"])
    expect([line, statusOf(await visit.rawly(`${line}\r\n${head}Connection: close\r\n\r\n`))]).toEqual([line, expect.toSatisfy((n: number) => n === 0 || n >= 400)]);
  expect(guests()).toEqual([]);

  // What is said about the connection, or about whom a proxy saw, is not the technician's to say.
  const said = await ok(
    `GET https://${visit.origin.host}/abs?q HTTP/1.1`,
    [
      ...["Forwarded: for=127.0.0.1;host=evil.test", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.test", "X-Forwarded-Proto: http", "X-Forwarded-Prefix: /rpc"],
      ...["X-Real-IP: 127.0.0.1", "X-Client-IP: 127.0.0.1", "True-Client-IP: 127.0.0.1", "X-Original-URL: /rpc", "X-Rewrite-URL: /rpc", "X-HTTP-Method-Override: PUT"],
      ...["Via: 1.1 evil", "Proxy-Authorization: Basic eDp5", "Proxy-Connection: keep-alive", "Keep-Alive: 5", "TE: trailers", "Trailer: x", "Expect: 100-continue"],
      ...["Imprimatur-Session: sess_06h1ny11t5snb26y1yd59y0000", "Imprimatur-Error: busy", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "X-Kept: yes"],
    ].join("\r\n") + "\r\n",
  );
  expect(said).toMatchObject({ method: "GET", url: "/abs?q" });
  expect(said.head.split("\n").map((l) => l.split(":")[0]).sort()).toEqual(["", "cookie", "host", "x-kept"]);
  expect(said.head).toContain(`host: ${new URL(url).host}\n`);
  expect(said.head).toContain("cookie: a=b\n");
  expect((await ok("POST /body HTTP/1.1", `Content-Length: ${INNER.length}\r\n`, INNER)).body).toBe(INNER);
  expect((await ok("POST /chunks HTTP/1.1", CHUNKED, `${INNER.length.toString(16)};x=y\r\n${INNER}\r\n0\r\nImprimatur-Session: x\r\n\r\n`)).body).toBe(INNER);

  // Methods and protocols that would answer with what the connector says, or be another way in.
  came.length = 0;
  for (const first of ["TRACE /two HTTP/1.1", "TRACK /two HTTP/1.1", `CONNECT ${visit.origin.host} HTTP/1.1`, "CONNECT 127.0.0.1:9191 HTTP/1.1", "trace /two HTTP/1.1"])
    expect([first, statusOf(await visit.rawly(`${first}\r\n${head}Connection: close\r\n\r\n`))]).toEqual([first, expect.toSatisfy((n: number) => n >= 400)]);
  for (const upgrade of ["h2c", "HTTP/2.0", "TLS/1.0", "imprimatur/1"])
    expect(await visit.switchTo("/two", upgrade, { "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA" }), upgrade).toBe(403);
  expect(guests()).toEqual([]);
  // One that is not switched to leaves no way for what was sent behind it.
  const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";
  const text = await visit.rawly(`GET /no HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\nGET /rpc HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
  expect(text).not.toMatch(/HTTP\/1\.1 101/);
  expect(guests().map((c) => c.url)).toEqual(["/no"]);
}, 120_000);

test("R28 HTTP/2 carries no second request, no other host and no control character either", async () => {
  const { url, came } = await notes();
  const p = await Premises.start(url);
  await p.turn("console", "on");
  const visit = await p.visit();
  await visit.get("/");
  came.length = 0;
  const send = async (head: Record<string, string>, body?: string): Promise<number> => {
    const h2 = await visit.h2();
    h2.on("error", () => {});
    return new Promise((done) => {
      const s = h2.request({ ...visit.h2Head, ":method": body ? "POST" : "GET", ":path": "/two", ...head }, { endStream: !body });
      s.on("response", (h) => done(Number(h[":status"])));
      s.on("error", () => {});
      s.on("close", () => done(0));
      s.resume();
      if (body) s.end(body);
    });
  };
  const tricks: [Record<string, string>, string?][] = [
    [{ ":path": "/a HTTP/1.1\r\nHost: evil.test\r\n\r\n" }],
    [{ ":path": "/a b" }],
    [{ ":path": "" }],
    [{ ":path": "rpc" }],
    [{ ":path": "http://evil.test/" }],
    [{ ":authority": "evil.test" }],
    [{ ":authority": `x@${visit.origin.host}` }],
    [{ host: "evil.test" }],
    [{ ":scheme": "http+unix" }],
    [{ ":method": "TRACE" }],
    [{ ":method": "GET / HTTP/1.1\r\nX: y" }],
    [{ "content-length": "0" }, INNER],
    [{ "content-length": "5" }, INNER],
    [{ ":method": "CONNECT", ":protocol": "h2c" }],
    [{ ":method": "CONNECT", ":protocol": "connect-ip" }],
  ];
  for (const [head, body] of tricks) expect([head, await send(head, body).catch(() => 0)]).toEqual([head, expect.toSatisfy((n: number) => n === 0 || n >= 400)]);
  expect(came.filter((c) => !c.url.startsWith("/api/"))).toEqual([]);
  expect(await send({})).toBe(200);
});

/** A request of RFC 8011: group, attributes, end. */
function ipp(operation: number, uri: string): string {
  const attribute = (tag: number, name: string, value: string) =>
    String.fromCharCode(tag, 0, name.length) + name + String.fromCharCode(0, value.length) + value;
  return (
    String.fromCharCode(2, 0, operation >> 8, operation & 255, 0, 0, 0, 1, 1) +
    attribute(0x47, "attributes-charset", "utf-8") + attribute(0x48, "attributes-natural-language", "en") + attribute(0x45, "printer-uri", uri) +
    attribute(0x42, "requesting-user-name", "root") + "\x03"
  );
}

test("R26 no IPP goes through the pages of a real cupsd, whatever it calls itself", async (ctx) => {
  needs(ctx, cupsMissing());
  const cups = await Cups.start();
  await cups.addPrinter("Front-desk");
  const p = await Premises.start(cups.source);
  await p.turn("console", "on");
  const visit = await p.visit();
  const paths = ["/", "/ipp/print", "/printers/Front-desk", "/admin/", "/jobs/", "/classes/x", "/ipp", "/printers/Front-desk?x=y"];
  const types = ["application/ipp", "APPLICATION/IPP", "application/ipp; charset=x", "application/ipp, text/html", "text/html, application/ipp", " application/ipp ", "application/octet-stream", "text/plain"];
  const paused = ipp(0x10, "ipp://localhost/printers/Front-desk"); // Pause-Printer
  for (const path of paths)
    for (const type of types) expect([path, type, (await visit.post(path, paused, { "content-type": type })).status]).toEqual([path, type, 403]);
  for (const method of ["PUT", "OPTIONS", "PATCH", "DELETE", "PROPFIND", "TRACE"]) expect([method, (await visit.call(method, "/printers/Front-desk")).status]).toEqual([method, 403]);
  expect((await visit.post("/printers/Front-desk", paused)).status, "no type").toBe(403);
  expect((await visit.call("GET", "/printers/Front-desk", { "content-type": "application/ipp" }, paused)).status).toBe(403);
  // As a form it is what cupsd takes for one: no IPP.
  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=application/ipp"])
    expect((await visit.post("/printers/Front-desk", paused, { "content-type": type })).headers["content-type"] ?? "").not.toContain("ipp");
  const both = `POST /printers/Front-desk HTTP/1.1\r\nHost: ${visit.origin.host}\r\nCookie: ${visit.cookieHeader}\r\nContent-Length: ${paused.length}\r\nConnection: close\r\n`;
  expect(statusOf(await visit.rawly(`${both}Content-Type: application/x-www-form-urlencoded\r\nContent-Type: application/ipp\r\n\r\n${paused}`))).toBe(400);
  const lpstat = await Program.run("lpstat", ["-h", cups.socket, "-p"]);
  expect(lpstat.stdout).toMatch(/printer Front-desk is idle/);
});

/** A device on the island that says what it is told to in the query: `?Location=http%3A%2F%2Fx`, `?status=307`. */
const DEVICE = `require("node:http").createServer((req, res) => {
  const q = new URLSearchParams(req.url.split("?")[1]);
  const head = { connection: "close" };
  for (const [name, value] of q) if (name !== "status") head[name] = value;
  res.writeHead(Number(q.get("status") ?? 200), head).end("the device");
}).listen(Number(process.argv[1]), "0.0.0.0", () => console.log("up"));`;

test("R27 R28 a device's name that is pointed elsewhere, and its redirects, lead nowhere else", async (ctx) => {
  needs(ctx, Island.missing);
  const island = Island.make();
  // Somebody else at every address of this machine, at the device's own port.
  const met: string[] = [];
  const victim = createListener((s) => {
    met.push(s.localAddress!);
    s.destroy();
  });
  await new Promise<void>((done) => victim.listen(0, "::", done));
  onTestFinished(() => void victim.close());
  const { port } = victim.address() as AddressInfo;
  const device = Program.start(process.execPath, ["-e", DEVICE, String(port)], { inside: island.inside, foreign: true });
  await until("the device is up", () => device.stdout.includes("up"));
  const hosts = new Hosts();
  const point = (...addresses: string[]) => hosts.say(...addresses.map((a) => `${a} device.test`));
  point(island.theirs);
  const p = await Premises.start("http://127.0.0.1:9", hosts.inside);
  await p.turn("mfp", "on");
  const visit = await p.visit(await p.addDevice("Device", `http://device.test:${port}`));
  expect((await visit.get("/")).text).toBe("the device");

  for (const address of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", island.ours, `::ffff:${island.ours}`, "169.254.169.254", "fe80::1", "224.0.0.1", "255.255.255.255"]) {
    point(address);
    const page = await visit.get("/");
    expect([address, page.status, page.text.includes(address)]).toEqual([address, 403, false]);
  }
  // Among several, the ones that may be are all that is tried.
  point("127.0.0.1", island.ours, island.theirs);
  expect((await visit.get("/")).text).toBe("the device");
  expect(met).toEqual([]);

  point(island.theirs);
  const elsewhere = ["http://192.168.1.1/", "https://127.0.0.1:8443/x", `http://${island.ours}/`, "//evil.test/", "/\\evil.test/", "\\\\evil.test", "https:evil.test", "http:///evil.test", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", `http://device.test@evil.test/`, `http://device.test:1/`, `ftp://device.test/`, "http://device.test.evil.test/"];
  for (const to of elsewhere)
    for (const query of [`status=302&Location=${encodeURIComponent(to)}`, `status=307&Location=${encodeURIComponent(to)}`, `Refresh=${encodeURIComponent(`0; url=${to}`)}`]) {
      const page = await visit.get(`/?${query}`);
      const { location, refresh } = page.headers;
      expect([to, page.status, location, refresh, page.text.includes(to)]).toEqual([to, 502, undefined, undefined, false]);
    }
  for (const name of ["Content-Location", "Link", "SourceMap"]) {
    const page = await visit.get(`/?${name}=${encodeURIComponent(name === "Link" ? "<http://192.168.1.1/>; rel=preload" : "http://192.168.1.1/")}`);
    expect([name, page.status, page.headers[name.toLowerCase()]]).toEqual([name, 200, undefined]);
  }
  const own = await visit.get(`/?status=302&Location=${encodeURIComponent(`http://device.test:${port}/next`)}`);
  expect([own.status, own.headers.location]).toEqual([302, `${visit.origin.origin}/next`]);
}, 120_000);
