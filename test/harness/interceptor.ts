/* interceptor.ts - a proxy that opens TLS by a CA of its own and passes HTTP messages only when it has them whole, as content
 * filters do; over raw sockets, so that it may also misbehave inside what it has opened. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect, TLSSocket } from "node:tls";
import type { Hub } from "./hub.ts";
import { root, tempDir } from "./place.ts";
import { ConnectProxy, type Misbehaviour } from "./way.ts";

export interface InnerMisbehaviour extends Misbehaviour {
  /** Inside the n-th way asked for (from 1): the answer to a request, in place of passing it on. */
  inner?: (way: number, request: string) => string | undefined;
}

export class Interceptor extends ConnectProxy {
  readonly dir = tempDir();
  readonly caFile = join(this.dir, "ca.pem");
  override behave: InnerMisbehaviour = {};
  /** Heads of the messages that were passed, as they came. */
  readonly requests: string[] = [];
  readonly answers: string[] = [];
  private readonly ca: Buffer;

  private constructor(hub: Hub) {
    super();
    this.ca = readFileSync(hub.caFile);
    execFileSync(join(root, "tools/dev-ca"), [this.dir]);
  }

  static async before(hub: Hub, behave: InnerMisbehaviour = {}): Promise<Interceptor> {
    const p = new Interceptor(hub);
    p.behave = behave;
    await p.listen();
    return p;
  }

  protected override join(client: Socket, host: string, port: number, opened: string): void {
    const way = this.asked.length;
    const tls = { cert: readFileSync(join(this.dir, "tls.pem")), key: readFileSync(join(this.dir, "tls.key")) };
    client.write(opened);
    const inner = this.keep(new TLSSocket(client, { ...tls, isServer: true, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] }));
    const outer = this.keep(tlsConnect({ host: "127.0.0.1", port, servername: host, ca: this.ca, ALPNProtocols: ["http/1.1"] }));
    const up = whole((message, head) => {
      const answer = this.behave.inner?.(way, head);
      if (answer !== undefined) return void inner.write(answer);
      this.requests.push(head);
      outer.write(message);
    });
    const down = whole((message, head) => {
      this.answers.push(head);
      inner.write(message);
    });
    this.pass(inner, outer, up, down);
  }
}

/** Collects octets, and passes each message once its last octet is there. */
function whole(pass: (message: Buffer, head: string) => void): (d: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (d) => {
    rest = Buffer.concat([rest, d]);
    for (let n = messageLength(rest); n > 0; n = messageLength(rest)) {
      const message = rest.subarray(0, n);
      rest = rest.subarray(n);
      pass(message, message.subarray(0, message.indexOf("\r\n\r\n")).toString("latin1"));
    }
  };
}

/** Octets of the HTTP/1.1 message that `b` begins with; 0 while some are missing. */
function messageLength(b: Buffer): number {
  const body = b.indexOf("\r\n\r\n") + 4;
  if (body < 4) return 0;
  const head = b.subarray(0, body - 2).toString("latin1");
  const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? 0);
  const end = /\r\ntransfer-encoding: *chunked\r\n/i.test(head) ? chunksEnd(b, body) : body + length;
  return end > 0 && end <= b.length ? end : 0;
}

/** Where chunks that begin at `at` end, without trailers; 0 while some are missing. */
function chunksEnd(b: Buffer, at: number): number {
  for (;;) {
    const line = b.indexOf("\r\n", at);
    if (line < 0) return 0;
    const size = parseInt(b.subarray(at, line).toString("latin1"), 16);
    at = line + 2 + size + 2;
    if (size === 0) return at;
  }
}
