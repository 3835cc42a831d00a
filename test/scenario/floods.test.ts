/** Floods on HTTP/2 against the real hub: each ends the flooder's connection, and somebody else is answered all the while. */
import { readFileSync } from "node:fs";
import type { TcpNetConnectOpts } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { Hub } from "../harness/hub.ts";
import { until } from "../harness/until.ts";

const ENHANCE_YOUR_CALM = 11;
/** An answer waits for nobody's deadline (the shortest is 10 s), on however busy a machine. */
const AT_ONCE_MS = 5000;

const HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, CONTINUATION = 9;
const END_STREAM = 1, END_HEADERS = 4;

/** RFC 9113, section 4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** RFC 7541: a field with an indexed name, its value as it is, not kept (section 6.2.2), and kept (6.2.1). */
const field = (index: number, value: string) => Buffer.concat([Buffer.from([index, value.length]), Buffer.from(value)]);
const keep = (name: string, value: string) => Buffer.concat([Buffer.from([0x40, name.length]), Buffer.from(name), Buffer.from([127, (value.length - 127) & 127 | 128, (value.length - 127) >> 7]), Buffer.from(value)]);

/** GET /healthz */
const get = (hub: Hub) => Buffer.concat([Buffer.from([0x82, 0x87]), field(4, "/healthz"), field(1, new URL(hub.url).host)]);
const odd = (i: number) => 2 * i + 1;
const many = (n: number, make: (i: number) => Buffer) => Buffer.concat(Array.from({ length: n }, (_, i) => make(i)));

/** Many times what each may cost, and less than the hub reads of who has had his last word (4 MiB); of
 * PING and SETTINGS less than libnghttp2 itself cuts, without a word. */
const FLOODS: Record<string, (hub: Hub) => Buffer> = {
  PING: () => many(500, () => frame(PING, 0, 0, Buffer.alloc(8))),
  SETTINGS: () => many(500, () => frame(SETTINGS, 0, 0, Buffer.alloc(0))),
  "rapid reset": (hub) => many(5000, (i) => Buffer.concat([frame(HEADERS, END_HEADERS | END_STREAM, odd(i), get(hub)), frame(RST_STREAM, 0, odd(i), Buffer.from([0, 0, 0, 8]))])),
  CONTINUATION: (hub) => Buffer.concat([frame(HEADERS, END_STREAM, 1, get(hub)), many(5000, () => frame(CONTINUATION, 0, 1, Buffer.alloc(0)))]),
  /** One large field is kept in the table, and named by one octet thousands of times. */
  "a bomb of fields": (hub) =>
    Buffer.concat([
      frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([get(hub), keep("x-large", "a".repeat(3900))])),
      many(50, (i) => frame(HEADERS, END_HEADERS | END_STREAM, odd(i + 1), Buffer.concat([get(hub), Buffer.alloc(16_000, 0x80 | 62)]))),
    ]),
};

class Flooder {
  closed = false;
  goaway: number | undefined;
  private got = Buffer.alloc(0);

  private constructor(readonly socket: TLSSocket) {
    socket.on("error", () => {});
    socket.on("close", () => (this.closed = true));
    socket.on("data", (d: Buffer) => this.read(d));
  }

  static async dial(hub: Hub): Promise<Flooder> {
    const options: ConnectionOptions & Pick<TcpNetConnectOpts, "localAddress"> = { host: "127.0.0.1", localAddress: "127.0.0.2", port: Number(new URL(hub.url).port), servername: "localhost", ca: readFileSync(hub.caFile), ALPNProtocols: ["h2"] };
    const socket = connect(options);
    onTestFinished(() => void socket.destroy());
    const f = new Flooder(socket);
    await new Promise<void>((done) => socket.once("secureConnect", done));
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
    return f;
  }

  private read(d: Buffer): void {
    this.got = Buffer.concat([this.got, d]);
    for (let length; this.got.length >= 9 && this.got.length >= (length = 9 + this.got.readUIntBE(0, 3)); this.got = this.got.subarray(length))
      if (this.got[3] === GOAWAY) this.goaway = this.got.readUInt32BE(13);
  }
}

test.for(Object.keys(FLOODS))("a flood (%s) ends the flooder's connection, and another client is answered meanwhile", async (name) => {
  const hub = await Hub.start();
  let [pouring, slowest, answers] = [true, 0, 0];
  const others = (async () => {
    while (pouring || answers === 0) {
      const from = performance.now();
      expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - from);
      answers++;
    }
  })();
  onTestFinished(() => void (pouring = false));
  for (let i = 0; i < 5; i++) {
    const f = await Flooder.dial(hub);
    f.socket.write(FLOODS[name]!(hub));
    await until("it is cut off", () => f.closed);
    // libnghttp2 itself ends a flood of CONTINUATION, without a word.
    if (name !== "CONTINUATION") expect(f.goaway).toBe(ENHANCE_YOUR_CALM);
  }
  pouring = false;
  await others;
  expect(slowest, "ms").toBeLessThan(AT_ONCE_MS);
});
