/* frames.ts - HTTP/2 by hand: frames, and a connection of a hub that sends what no client would. */
import { readFileSync } from "node:fs";
import type { TcpNetConnectOpts } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { Hub } from "./hub.ts";

export const HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, CONTINUATION = 9;
export const END_STREAM = 1, END_HEADERS = 4;

/** RFC 9113, section 4.1. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** RFC 7541: a field with an indexed name, its value as it is, not kept (section 6.2.2), and kept (6.2.1). */
const field = (index: number, value: string) => Buffer.concat([Buffer.from([index, value.length]), Buffer.from(value)]);
export const keep = (name: string, value: string) => Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), Buffer.from([127, (value.length - 127) & 127 | 128, (value.length - 127) >> 7]), Buffer.from(value)]);

/** GET, a path and a host of fewer than 127 octets. */
export const get = (hub: Hub, path = "/healthz", host = new URL(hub.url).host) => Buffer.concat([Buffer.from([0x82, 0x87]), field(4, path), field(1, host)]);
export const odd = (i: number) => 2 * i + 1;
export const many = (n: number, make: (i: number) => Buffer) => Buffer.concat(Array.from({ length: n }, (_, i) => make(i)));

/** HTTP/2 by hand: what no client would send. */
export class FrameLine {
  closed = false;
  goaway: number | undefined;
  /** Types of the frames that came. */
  readonly types: number[] = [];
  private got = Buffer.alloc(0);

  private constructor(readonly socket: TLSSocket) {
    socket.on("error", () => {});
    socket.on("close", () => (this.closed = true));
    socket.on("data", (d: Buffer) => this.read(d));
  }

  static async dial(hub: Hub): Promise<FrameLine> {
    const options: ConnectionOptions & Pick<TcpNetConnectOpts, "localAddress"> = { host: "127.0.0.1", localAddress: "127.0.0.2", port: Number(new URL(hub.url).port), servername: "localhost", ca: readFileSync(hub.caFile), ALPNProtocols: ["h2"] };
    const socket = connect(options);
    onTestFinished(() => void socket.destroy());
    const f = new FrameLine(socket);
    await new Promise<void>((done) => socket.once("secureConnect", done));
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
    return f;
  }

  private take(type: number): void {
    this.types.push(type);
    if (type === GOAWAY) this.goaway = this.got.readUInt32BE(13);
  }

  private read(d: Buffer): void {
    this.got = Buffer.concat([this.got, d]);
    for (let length; this.got.length >= 9 && this.got.length >= (length = 9 + this.got.readUIntBE(0, 3)); this.got = this.got.subarray(length))
      this.take(this.got[3]!);
  }
}
