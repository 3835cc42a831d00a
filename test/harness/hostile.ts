/* hostile.ts - a hub in the test's own hands: it answers invitation, enrolment, polls, reports and switches as
 * docs/protocol.md says, keeps every call that it gets, and misbehaves when it is told to.  TLS 1.3 with a certificate by a
 * CA of its own, which the connector is told to trust. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type ClientHttp2Session, connect as connectH2 } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { root, tempDir } from "./place.ts";

/** A code whose check characters are right; this hub takes any. */
export const CODE = "DE-04HM-ASW9-NF6Y-Y4HM-WQ";

/** Short, so that a call that is never answered is given up soon. */
const HOLD_S = 2;

export interface Heard {
  at_ms: number;
  method: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Kept {
  epoch: string;
  seq: number;
  kind: number;
  digest: string;
  json: Record<string, unknown>;
}

/** Answers in the honest hub's place; false: the honest answer follows. */
export type Misdeed = (call: Heard, res: ServerResponse) => boolean;

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** A prefix and 26 characters of a UUIDv7, the last of which ends with two zero bits. */
export function newId(prefix: string): string {
  const b = randomBytes(16);
  b[6] = 0x70 | (b[6]! & 0x0f);
  b[8] = 0x80 | (b[8]! & 0x3f);
  let text = "";
  for (let value = BigInt(`0x${b.toString("hex")}`) << 2n, i = 0; i < 26; i++, value >>= 5n) text = CROCKFORD[Number(value & 31n)] + text;
  return `${prefix}_${text}`;
}

export class HostileHub {
  readonly dir = tempDir();
  readonly caFile = join(this.dir, "ca.pem");
  readonly calls: Heard[] = [];
  readonly records: Kept[] = [];
  /** What it wants done, whatever that is: told once, in the next answer to a poll. */
  readonly orders: object[] = [];
  /** The tunnels that were dialled, of which it is HTTP/2's client. */
  readonly tunnels: ClientHttp2Session[] = [];
  misdeed?: Misdeed;
  url = "";
  private ordered = 0;
  agreement = { version: 1, language: "en", sha256: "", text: "" };
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  static async start(): Promise<HostileHub> {
    const hub = new HostileHub();
    await new Promise<void>((done) => hub.server.listen(0, "127.0.0.1", done));
    hub.url = `https://localhost:${hub.port}`;
    onTestFinished(() => hub.stop());
    return hub;
  }

  private constructor() {
    execFileSync(join(root, "tools/dev-ca"), [this.dir]);
    this.agreement.text = readFileSync(join(root, "texts/legal/connector-agreement/1.en.md"), "utf8").replaceAll("{provider}", "ACME Print");
    this.agreement.sha256 = createHash("sha256").update(this.agreement.text).digest("hex");
    const tls = { cert: readFileSync(join(this.dir, "tls.pem")), key: readFileSync(join(this.dir, "tls.key")) };
    this.server = createServer({ ...tls, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] }, (req, res) => this.take(req, res));
    this.server.on("upgrade", (req: IncomingMessage, socket: Socket) => {
      this.calls.push({ at_ms: performance.now(), method: req.method!, path: req.url!, query: "", headers: req.headers, body: Buffer.alloc(0) });
      const begin = () => {
        const tunnel = connectH2(this.url, { createConnection: () => socket });
        tunnel.on("error", () => {});
        this.tunnels.push(tunnel);
      };
      // Not from within the write: Node's HTTP/2 would take that one's end for one of its own.
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${req.headers.upgrade}\r\n\r\n`, () => setImmediate(begin));
    });
    this.server.on("secureConnection", (s: Socket) => {
      this.sockets.add(s);
      s.on("error", () => s.destroy());
      s.once("close", () => this.sockets.delete(s));
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    for (const s of this.sockets) s.destroy();
  }

  /** What was asked of one route. */
  asked(path: string): Heard[] {
    return this.calls.filter((c) => c.path === path);
  }

  private take(req: IncomingMessage, res: ServerResponse): void {
    const parts: Buffer[] = [];
    req.on("data", (d: Buffer) => parts.push(d));
    req.on("error", () => {});
    res.on("error", () => {});
    req.on("end", () => {
      const url = new URL(req.url!, this.url);
      const sent = Buffer.concat(parts);
      const body = req.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      const call = { at_ms: performance.now(), method: req.method!, path: url.pathname, query: url.search, headers: req.headers, body };
      this.calls.push(call);
      // What was sent was sent, whatever is answered.
      if (call.path === "/c/v1/reports") this.keep(body);
      if (!this.misdeed?.(call, res)) this.honest(call, res);
    });
  }

  private honest(call: Heard, res: ServerResponse): void {
    switch (`${call.method} ${call.path}`) {
      case "POST /c/v1/invitation":
        return void json(res, {
          ...{ provider: "ACME Print", customer: "Example Works", site: "Head office", region: "de" },
          ...{ agreement: this.agreement, schema_min: 1, schema_max: 2, replaces: false },
        });
      case "POST /c/v1/enroll":
        return void json(res, {
          ...{ site_id: newId("site"), connector_id: newId("conn"), provider: "ACME Print", region: "de" },
          ...{ poll_hold_s: HOLD_S, schema_min: 1, schema_max: 2 },
        });
      case "GET /c/v1/commands": {
        const end = performance.now() + HOLD_S * 1000;
        const timer = setInterval(() => {
          if (!this.orders.length && performance.now() < end) return;
          clearInterval(timer);
          const commands = this.orders.splice(0, 64).map((order) => ({ n: ++this.ordered, ...order }));
          json(res, commands.length ? { commands, schema_min: 1, schema_max: 2 } : {});
        }, 20);
        res.once("close", () => clearInterval(timer));
        return;
      }
      case "POST /c/v1/reports":
        return void json(res, this.acked(epochOf(call.body)));
      default:
        return void res.writeHead(204).end();
    }
  }

  private keep(body: Buffer): void {
    for (let at = 0; at < body.length; ) {
      const record = body.subarray(at, at + body.readUInt32LE(at + 4));
      const kept = {
        ...{ epoch: epochOf(record), seq: Number(record.readBigUInt64LE(32)), kind: record[9]! },
        digest: createHash("sha256").update(record.subarray(0, -4)).digest("hex"),
        json: JSON.parse(record.subarray(80, -4).toString()) as Record<string, unknown>,
      };
      if (!this.records.some((r) => r.digest === kept.digest)) this.records.push(kept);
      at += record.length;
    }
  }

  /** What an honest hub would say that it holds. */
  acked(epoch: string): { epoch: string; acked: number; ranges: { from: number; to: number }[]; credit: number } {
    const held = new Set(this.records.filter((r) => r.epoch === epoch).map((r) => r.seq));
    let acked = 0;
    while (held.delete(acked + 1)) acked++;
    return { epoch, acked, ranges: [...held].sort((a, b) => a - b).map((seq) => ({ from: seq, to: seq })), credit: 64 };
  }

  /** The most calls that came within any stretch of so many ms since `from`. */
  rush(from: number, within_ms: number): number {
    const at = this.calls.slice(from).map((c) => c.at_ms);
    let most = 0;
    for (let first = 0, last = 0; last < at.length; last++) {
      while (at[last]! - at[first]! > within_ms) first++;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }
}

export function epochOf(record: Buffer): string {
  return record.subarray(16, 32).toString("hex");
}

export function json(res: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): true {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  res.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
  return true;
}

/** Octets as they are, past what HTTP allows; the connection ends with them if `end`. */
export function raw(res: ServerResponse, octets: string | Buffer, end = true): true {
  const s = res.socket; // null: the other side has gone meanwhile
  s?.write(octets, () => end && s.destroy());
  return true;
}

/** Writes `piece` again and again for as long as the other side reads. */
export function endless(res: ServerResponse, head: string, piece: Buffer): true {
  const s = res.socket;
  const more = (): void => {
    while (s && !s.destroyed) if (!s.write(piece)) return void s.once("drain", more);
  };
  s?.write(head);
  more();
  return true;
}
