/* visit.ts - a technician's browser without a screen at a session's origin, whose name leads to the hub: by HTTP/1.1, HTTP/2
 * and as it switches protocols. */
import { connect as connectH2, type ClientHttp2Session } from "node:http2";
import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { Named } from "./api.ts";
import { leadingTo } from "./http.ts";
import type { Hub, Provider } from "./hub.ts";
import { until } from "./until.ts";

/** The name below which sessions of a test's hub have theirs: an option of Hub.start(). */
export const SUFFIX = "console.example.test";

export interface Session {
  id: string;
  state: "requested" | "waiting_for_approval" | "open" | "refused" | "ended";
  why: string | null;
  url: string | null;
}

export interface Page {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

/** Asks for a session, and waits until the site has opened it. */
export async function openSession(provider: Provider, site: Named, target = "console"): Promise<Session> {
  const asked = await provider.api.raw<Session>("POST", `/api/v1/sites/${site.id}/sessions`, { target, reason: "a test" });
  if (asked.status !== 201) throw new Error(`sessions: ${asked.status} ${asked.text}`);
  return until("the session is open", async () => {
    const s = (await provider.api.raw<Session>("GET", `/api/v1/sessions/${asked.body.id}`)).body;
    if (s.state === "refused" || s.state === "ended") throw new Error(`session: ${s.state} ${s.why}`);
    return s.state === "open" && s;
  });
}

export class Visit {
  cookies = new Map<string, string>();
  private readonly agent: Agent;

  constructor(
    readonly session: Session,
    readonly origin: URL,
    private readonly ca: string,
    private readonly address = "127.0.0.1",
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 200 });
    onTestFinished(() => this.agent.destroy());
  }

  /** Opens a session and goes in by its ticket, as the page at its address does. */
  static async open(hub: Hub, provider: Provider, site: Named, target = "console"): Promise<Visit> {
    const session = await openSession(provider, site, target);
    const { body } = await provider.api.raw<{ url: string }>("POST", `/api/v1/sessions/${session.id}/url`);
    const visit = new Visit(session, new URL(body.url), hub.ca, hub.address);
    const entered = await visit.post("/.imprimatur/enter", `ticket=${visit.origin.hash.slice(1)}`, {
      "content-type": "application/x-www-form-urlencoded",
      origin: visit.origin.origin,
    });
    if (entered.status !== 303) throw new Error(`enter: ${entered.status} ${entered.text}`);
    return visit;
  }

  private options(method: string, path: string, headers: Record<string, string>): RequestOptions {
    const cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
    return {
      ...{ method, path, headers: { ...(cookie ? { cookie } : {}), ...headers }, agent: this.agent, ca: this.ca },
      ...{ host: this.origin.hostname, port: this.origin.port, servername: this.origin.hostname },
      lookup: leadingTo(this.address),
    };
  }

  /** For requests that a test makes itself. */
  where(path: string): RequestOptions {
    return this.options("GET", path, {});
  }

  private keep(headers: IncomingHttpHeaders): void {
    for (const line of headers["set-cookie"] ?? []) {
      const [name, value] = line.split(";")[0]!.split(/=(.*)/s);
      this.cookies.set(name!, value!);
    }
  }

  /** The answer's head; its body is the caller's to read. */
  begin(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer | string): Promise<IncomingMessage> {
    return new Promise((done, failed) => {
      const req = request(this.options(method, path, headers), (res) => {
        this.keep(res.headers);
        req.setTimeout(0); // who reads it may take its time
        done(res);
      });
      req.on("error", failed);
      req.setTimeout(40_000, () => req.destroy(new Error(`${method} ${path}: no answer`)));
      req.end(body);
    });
  }

  async call(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer | string): Promise<Page> {
    const res = await this.begin(method, path, headers, body);
    const parts: Buffer[] = [];
    for await (const d of res) parts.push(d as Buffer);
    const whole = Buffer.concat(parts);
    return { status: res.statusCode!, headers: res.headers, body: whole, text: whole.toString("utf8") };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.call("GET", path, headers);
  }

  post(path: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Page> {
    return this.call("POST", path, { "content-length": String(Buffer.byteLength(body)), ...headers }, body);
  }

  /** Asks to switch protocols: the connection if that is agreed to, else the status. */
  switchTo(path: string, protocol: string, headers: Record<string, string> = {}): Promise<Duplex | number> {
    return new Promise((done, failed) => {
      const req = request(this.options("GET", path, { connection: "Upgrade", upgrade: protocol, ...headers }));
      req.on("upgrade", (_res, socket) => done(socket));
      req.on("response", (res) => done(res.statusCode!));
      req.on("error", failed);
      req.end();
    });
  }

  /** For npm's ws: as a page of this origin would make a WebSocket. */
  get socketOptions() {
    const { headers, servername, lookup } = this.options("GET", "/", { origin: this.origin.origin });
    return { headers: headers as Record<string, string>, ca: this.ca, servername, lookup };
  }

  /** A TLS connection to the hub for this origin, of which every octet is the caller's. */
  socket(alpn: string): Promise<TLSSocket> {
    return new Promise((done, failed) => {
      const options = { host: this.address, port: Number(this.origin.port || 443), servername: this.origin.hostname };
      const s = connectTls({ ...options, ca: this.ca, ALPNProtocols: [alpn] }, () => done(s));
      s.on("error", failed);
      onTestFinished(() => void s.destroy());
    });
  }

  /** All that is answered to these octets, to the end of the connection. */
  async rawly(octets: string): Promise<string> {
    const s = await this.socket("http/1.1");
    let text = "";
    s.setEncoding("latin1").on("data", (d: string) => (text += d));
    return new Promise((done, failed) => {
      s.setTimeout(20_000, () => s.destroy(new Error(`no end after: ${text}`)));
      s.on("error", (e: NodeJS.ErrnoException) => (e.code === "ECONNRESET" ? done(text) : failed(e)));
      s.on("close", () => done(text));
      s.write(octets, "latin1");
    });
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
  }

  async h2(): Promise<ClientHttp2Session> {
    const socket = await this.socket("h2");
    const session = connectH2(this.origin.origin, { createConnection: () => socket });
    onTestFinished(() => session.destroy());
    return session;
  }

  /** What an HTTP/2 request needs besides its path. */
  get h2Head(): Record<string, string> {
    return { ":authority": this.origin.host, cookie: this.cookieHeader };
  }
}
