/* tap.ts - a proxy between connectors and a hub that reads along: it answers CONNECT, ends TLS with the hub's own certificate,
 * and keeps every octet that passes. */
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { connect as tlsConnect, TLSSocket } from "node:tls";
import { gunzipSync, constants } from "node:zlib";
import { onTestFinished } from "vitest";
import type { Hub } from "./hub.ts";

export class Tap {
  private readonly sent: Buffer[][] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  url = "";

  static async start(hub: Hub): Promise<Tap> {
    const tap = new Tap(hub);
    await new Promise<void>((done) => tap.server.listen(0, "127.0.0.1", done));
    tap.url = `http://127.0.0.1:${(tap.server.address() as { port: number }).port}`;
    onTestFinished(() => tap.stop());
    return tap;
  }

  private constructor(private readonly hub: Hub) {
    this.server = createServer((s) => this.take(s));
  }

  private stop(): void {
    this.server.close();
    for (const s of this.sockets) s.destroy();
  }

  private keep<T extends Socket>(s: T): T {
    this.sockets.add(s);
    s.on("error", () => s.destroy());
    s.once("close", () => this.sockets.delete(s));
    return s;
  }

  /** The head of CONNECT comes at once and alone: its client waits for the answer. */
  private take(client: Socket): void {
    this.keep(client).once("data", (head: Buffer) => {
      if (!head.toString("latin1").startsWith("CONNECT ")) return void client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      this.read(client);
    });
  }

  private read(client: Socket): void {
    const cert = readFileSync(this.hub.certFile);
    const key = readFileSync(this.hub.keyFile);
    const inner = this.keep(new TLSSocket(client, { isServer: true, cert, key, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] }));
    const { port } = new URL(this.hub.url);
    const outer = this.keep(
      tlsConnect({
        ...{ host: "127.0.0.1", port: Number(port), servername: "localhost" },
        ...{ ca: readFileSync(this.hub.caFile), ALPNProtocols: ["http/1.1"] },
      }),
    );
    const parts: Buffer[] = [];
    this.sent.push(parts);
    inner.on("data", (d: Buffer) => parts.push(d));
    inner.pipe(outer).pipe(inner);
    inner.once("close", () => outer.destroy());
    outer.once("close", () => inner.destroy());
  }

  /** Each connection's octets from the connector, and what its compressed bodies hold. */
  get uploads(): Buffer[] {
    const all = this.sent.map((parts) => Buffer.concat(parts));
    return [...all, ...all.flatMap((octets) => inflated(octets))];
  }
}

/** A compressed body ends where the next request begins. */
function inflated(octets: Buffer): Buffer[] {
  const found: Buffer[] = [];
  const next = (what: string, from: number) => octets.indexOf(what, from, "latin1");
  for (let at = next("\x1f\x8b\x08", 0); at >= 0; at = next("\x1f\x8b\x08", at + 1)) {
    const ends = ["POST /", "GET /"].map((method) => next(method, at)).filter((end) => end >= 0);
    try {
      found.push(gunzipSync(octets.subarray(at, Math.min(octets.length, ...ends)), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch {
      // These three octets were something else.
    }
  }
  return found;
}
