/* HTTP/2, as browsers and their like speak it to the hub; connectors stay on HTTP/1.1. */
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

function dial(hub: Hub): ClientHttp2Session {
  const session = connect(hub.url, { ca: readFileSync(hub.caFile) });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** A request's status, or the stream's error code where none came. */
function ask(session: ClientHttp2Session, headers: Record<string, string>, body = ""): Promise<{ status?: number; code: number; text: string }> {
  const stream = session.request({ ":path": "/healthz", ...headers }, { endStream: !body });
  let status: number | undefined;
  let text = "";
  stream.on("response", (h) => {
    status = Number(h[":status"]);
  });
  stream.on("data", (d) => {
    text += d;
  });
  stream.on("error", () => {});
  if (body) stream.end(body);
  return new Promise((done) => stream.on("close", () => done({ status, code: stream.rstCode ?? 0, text })));
}

test("a browser loads the dashboard by HTTP/2 and sees changes as they come", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.getByText("Head office").first().waitFor();
  const protocols = await page.evaluate(() =>
    performance.getEntries().flatMap((e) => ("nextHopProtocol" in e ? [`${e.nextHopProtocol} ${e.entryType}`] : [])),
  );
  expect(new Set(protocols.map((p) => p.split(" ")[0]))).toEqual(new Set(["h2"]));
  expect(protocols.length).toBeGreaterThan(5);

  const answers = await page.evaluate(async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => fetch(`/api/v1/sites?limit=${1 + i}`)));
    return Promise.all(all.map(async (a) => `${a.status} ${(await a.json()).total}`));
  });
  expect(answers).toEqual(Array(100).fill("200 1"));

  // While that stream of changes is open, one by another client appears on the page.
  await page.evaluate("window.notReloaded = true");
  await provider.api.makeSite(customer, "Brand new branch");
  await until("the new site is on the page", () => page.getByText("Brand new branch").first().isVisible(), 15_000);
  expect(await page.evaluate("window.notReloaded")).toBe(true);
});

test("HTTP/2: another host than the certificate's gets 421, and the connection goes on", async () => {
  const hub = await Hub.start();
  const session = dial(hub);
  expect((await ask(session, {})).status).toBe(200);
  expect(session.alpnProtocol).toBe("h2");
  const other = await ask(session, { ":authority": "other.example.test" });
  expect(other.status).toBe(421);
  expect(JSON.parse(other.text).code).toBe("misdirected");
  expect((await ask(session, {})).status).toBe(200);
});

test("HTTP/2: 128 requests at a time, thousands in a row, and a stream that is given up leaves the others alone", async () => {
  const hub = await Hub.start();
  const session = dial(hub);
  await ask(session, {});
  expect(session.remoteSettings.maxConcurrentStreams).toBe(128);
  for (let round = 0; round < 20; round++) {
    const given = session.request({ ":path": "/healthz" });
    given.on("error", () => {});
    given.close(constants.NGHTTP2_CANCEL);
    const answers = await Promise.all(Array.from({ length: 120 }, () => ask(session, {})));
    expect(answers.every((a) => a.status === 200)).toBe(true);
  }
});

test("a hub that stops lets what it has begun on HTTP/2 end in order", async () => {
  const hub = await Hub.start();
  const session = dial(hub);
  await ask(session, {});
  let goaway: number | undefined;
  session.on("goaway", (code) => {
    goaway = code;
  });
  await hub.program.stop();
  await until("the session was told", () => session.closed || session.destroyed);
  expect(goaway).toBe(constants.NGHTTP2_NO_ERROR);
});

test("TLS below 1.3, and a client that speaks none of our protocols, are refused; one that names none gets HTTP/1.1", async () => {
  const hub = await Hub.start();
  const shake = (options: ConnectionOptions) =>
    new Promise<string>((done) => {
      const socket = connectTls({ host: "127.0.0.1", port: Number(new URL(hub.url).port), servername: "localhost", ca: readFileSync(hub.caFile), ...options });
      onTestFinished(() => void socket.destroy());
      socket.once("secureConnect", () => done(`${socket.getProtocol()} ${socket.alpnProtocol}`));
      socket.once("error", (e: NodeJS.ErrnoException) => done(e.code ?? e.message));
    });
  expect(await shake({ maxVersion: "TLSv1.2" })).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  expect(await shake({ ALPNProtocols: ["spdy/3", "h3"] })).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  expect(await shake({ ALPNProtocols: ["http/1.1", "h2"] })).toBe("TLSv1.3 h2");
  expect(await shake({})).toBe("TLSv1.3 false");
});
