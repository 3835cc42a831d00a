/* socket.ts - a WebSocket's end at the technician: npm's ws. */
import Ws, { type Options } from "ws";
import { until } from "./until.ts";
import type { Visit } from "./visit.ts";

const MIB = 1 << 20;

/** What has come and how it ended, of a WebSocket that ws makes through a session or directly. */
export class Client {
  readonly got: Buffer[] = [];
  ended?: { code: number; reason: string; at_ms: number };
  octets = 0;
  pongs = 0;

  private constructor(readonly ws: Ws) {
    ws.on("message", (d: Buffer) => {
      this.got.push(d);
      this.octets += d.length;
    });
    ws.on("pong", () => this.pongs++);
    ws.on("error", () => {});
    ws.on("close", (code, reason) => (this.ended = { code, reason: reason.toString(), at_ms: performance.now() }));
  }

  static async open(url: string, options: Options = {}): Promise<Client> {
    const c = new Client(new Ws(url, ["first", "second"], { perMessageDeflate: { threshold: 0 }, maxPayload: 64 * MIB, ...options }));
    await new Promise((done, failed) => c.ws.once("open", done).once("error", failed));
    return c;
  }

  static of(visit: Visit, path = "/"): Promise<Client> {
    return Client.open(`wss://${visit.origin.host}${path}`, visit.socketOptions);
  }

  async come(n: number): Promise<Buffer[]> {
    await until(`${n} messages have come`, () => this.got.length >= n);
    return this.got.splice(0);
  }
}
