/* way.ts - what lies between a site and its hub: a proxy (CONNECT or SOCKS5, also by TLS) that may misbehave. */
import { readFileSync } from "node:fs";
import { createServer, connect, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import { freePort } from "./place.ts";

export interface Misbehaviour {
  /** The answer to the n-th way asked for (from 1), in place of opening it: the words, then the end. */
  answer?: (n: number) => string | undefined;
  /** An open way is cut when nothing passed for so long, after these words if there are some. */
  idleCut_ms?: number;
  idleWords?: string;
}

abstract class Way {
  /** Ways that were asked for, as "host:port". */
  readonly asked: string[] = [];
  port = 0;
  behave: Misbehaviour = {};
  private frozen = false;
  private readonly sockets = new Set<Socket>();
  protected server!: Server;

  /** Nothing passes any more, and nobody is told: new connections are taken and not served either. */
  freeze(): void {
    this.frozen = true;
    for (const s of this.sockets) s.pause();
  }

  thaw(): void {
    this.frozen = false;
    for (const s of this.sockets) s.resume();
  }

  /** Every open connection breaks off. */
  cut(): void {
    for (const s of this.sockets) s.destroy();
  }

  get open(): number {
    return this.sockets.size;
  }

  protected abstract serve(client: Socket): void;

  protected async listen(tls?: { cert: string; key: string }): Promise<void> {
    this.port = await freePort();
    const take = (client: Socket) => {
      this.keep(client);
      if (!this.frozen) this.serve(client);
    };
    this.server = tls
      ? createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, take)
      : createServer(take);
    this.server.on("tlsClientError", () => {});
    await new Promise<void>((done) => this.server.listen(this.port, "127.0.0.1", done));
    onTestFinished(() => {
      this.cut();
      this.server.close();
    });
  }

  /** The misbehaviour for this way; true if the client has had its answer. */
  protected refused(client: Socket): boolean {
    const words = this.behave.answer?.(this.asked.length);
    if (words !== undefined) client.end(words);
    return words !== undefined;
  }

  protected join(client: Socket, host: string, port: number, opened: string | Buffer, failed: string | Buffer): void {
    // Names are resolved here, and everything in these tests is on loopback.
    const server = this.keep(connect(port, host === "localhost" ? "127.0.0.1" : host));
    client.once("close", () => server.destroy());
    server.once("connect", () => {
      client.write(opened);
      this.pass(client, server);
    });
    server.once("error", () => client.end(failed));
  }

  /** Both ways, by what `up` and `down` make of the octets that come; until one of the two ends. */
  protected pass(client: Socket, server: Socket, up = copy(server), down = copy(client)): void {
    const { idleCut_ms, idleWords } = this.behave;
    client.on("data", (d: Buffer) => this.frozen || up(d));
    server.on("data", (d: Buffer) => this.frozen || down(d));
    client.on("end", () => this.frozen || server.end());
    server.on("end", () => this.frozen || client.end());
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
    // Whatever passes is seen at the client's end.
    if (idleCut_ms) client.setTimeout(idleCut_ms, () => (idleWords ? client.end(idleWords) : client.destroy()));
  }

  protected keep<T extends Socket>(s: T): T {
    this.sockets.add(s);
    s.setNoDelay(true);
    s.on("error", () => {});
    s.once("close", () => this.sockets.delete(s));
    return s;
  }
}

function copy(to: Socket): (d: Buffer) => void {
  return (d) => to.write(d);
}

/** An HTTP proxy that knows CONNECT alone. */
export class ConnectProxy extends Way {
  /** The last request for a way, with its headers. */
  head = "";

  static async start(behave: Misbehaviour = {}, tls?: { cert: string; key: string }): Promise<ConnectProxy> {
    const p = new ConnectProxy();
    p.behave = behave;
    await p.listen(tls);
    return p;
  }

  protected serve(client: Socket): void {
    let head = "";
    const take = (d: Buffer) => {
      head += d.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", take);
      this.head = head;
      const m = /^CONNECT ([^ ]+):(\d+) HTTP\/1\.1\r\n/.exec(head);
      if (!m) return void client.end("HTTP/1.1 405 Only CONNECT\r\n\r\n");
      this.asked.push(`${m[1]}:${m[2]}`);
      if (this.refused(client)) return;
      this.join(client, m[1]!, Number(m[2]), "HTTP/1.1 200 Open\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n");
    };
    client.on("data", take);
  }
}

/** One that logs in by NTLM (MS-NLMP) and believes whatever it is told. */
export class NtlmProxy extends ConnectProxy {
  /** So many logins yet are reset at their last step. */
  resets = 0;
  /** Logins that came so far. */
  logins = 0;

  static override async start(behave: Misbehaviour = {}): Promise<NtlmProxy> {
    const p = new NtlmProxy();
    p.behave = behave;
    await p.listen();
    return p;
  }

  protected override serve(client: Socket): void {
    const take = (d: Buffer) => {
      const head = d.toString("latin1"); // a head comes in one piece: its client waits for each answer
      const token = Buffer.from(/\r\nProxy-Authorization: NTLM (.+)\r\n/i.exec(head)?.[1] ?? "", "base64");
      const step = token.length > 8 ? token[8] : 0;
      if (step !== 3) return void client.write(challenge(step === 1 ? ` ${NTLM_CHALLENGE.toString("base64")}` : ""));
      client.off("data", take);
      this.logins++;
      if (this.resets-- > 0) return void client.resetAndDestroy();
      super.serve(client);
      client.emit("data", d);
    };
    client.on("data", take);
  }
}

/** MS-NLMP 2.2.1.2: no name, Unicode and NTLM (with session security), eight octets of challenge. */
const NTLM_CHALLENGE = Buffer.concat([
  Buffer.from("NTLMSSP\0\x02\0\0\0\0\0\0\0\x30\0\0\0\x01\x82\x08\0", "latin1"),
  Buffer.from("01234567"),
  Buffer.alloc(16),
]);

function challenge(more: string): string {
  return `HTTP/1.1 407 Who?\r\nProxy-Authenticate: NTLM${more}\r\nContent-Length: 0\r\n\r\n`;
}

/** SOCKS5 (RFC 1928), with a user and password (RFC 1929) if they are given. */
export class SocksProxy extends Way {
  private users?: { user: string; password: string };

  static async start(users?: { user: string; password: string }): Promise<SocksProxy> {
    const p = new SocksProxy();
    p.users = users;
    await p.listen();
    return p;
  }

  protected serve(client: Socket): void {
    let step: "greeting" | "login" | "request" = "greeting";
    let rest = Buffer.alloc(0);
    const take = (d: Buffer) => {
      rest = Buffer.concat([rest, d]);
      for (let used = -1; used !== 0; rest = rest.subarray(used)) {
        used = 0;
        if (step === "greeting" && rest.length >= 2 && rest.length >= 2 + rest[1]!) {
          used = 2 + rest[1]!;
          const method = this.users ? 2 : 0;
          if (!rest.subarray(2, used).includes(method)) return void client.end(Buffer.from([5, 0xff]));
          client.write(Buffer.from([5, method]));
          step = this.users ? "login" : "request";
        } else if (step === "login" && rest.length >= 2 && rest.length >= 3 + rest[1]! + (rest[2 + rest[1]!] ?? 999)) {
          const at = 2 + rest[1]!;
          used = at + 1 + rest[at]!;
          const right =
            rest.subarray(2, at).toString() === this.users!.user && rest.subarray(at + 1, used).toString() === this.users!.password;
          client.write(Buffer.from([1, right ? 0 : 1]));
          if (!right) return void client.end();
          step = "request";
        } else if (step === "request" && rest.length >= 5 && rest[3] === 3 && rest.length >= 7 + rest[4]!) {
          const end = 5 + rest[4]!;
          const host = rest.subarray(5, end).toString();
          const port = rest.readUInt16BE(end);
          client.off("data", take);
          this.asked.push(`${host}:${port}`);
          return this.join(client, host, port, reply(0), reply(5));
        } else if (step === "request" && rest.length >= 5 && rest[3] !== 3) {
          return void client.end(reply(8)); // an address: it was to be a name
        }
      }
    };
    client.on("data", take);
  }
}

function reply(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}
