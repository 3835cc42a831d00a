/* http.ts - a small HTTPS client with a CA of its own and cookies, so that scenarios see exactly what passes. */
import { request, type Agent } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";

export interface Answer<T = unknown> {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined if it is none. */
  body: T;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  field?: string;
}

/** For requests whose name leads to this address, whatever else it means. */
export function leadingTo(address: string): LookupFunction {
  return (_name, options, done) =>
    options.all ? done(null, [{ address, family: 4 }] as never, 4) : done(null, address, 4);
}

export interface CallOptions {
  headers?: Record<string, string>;
  body?: Buffer | string;
  timeout_ms?: number;
  agent?: Agent;
}

export class Http {
  private cookies = new Map<string, string>();

  /** `lookup`: where the base's name leads to, if not where it leads everybody. */
  constructor(
    readonly base: string,
    private readonly ca: string,
    private readonly lookup?: LookupFunction,
  ) {}

  /** One call with raw octets; nothing is added but Cookie and Content-Length. */
  call<T = unknown>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { ...options.headers };
    if (this.cookies.size > 0) headers.cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
    if (options.body !== undefined) headers["content-length"] = String(Buffer.byteLength(options.body));
    return new Promise((done, failed) => {
      const req = request(
        new URL(path, this.base),
        { method, headers, ca: this.ca, lookup: this.lookup, agent: options.agent, timeout: options.timeout_ms ?? 40_000 },
        (res) => {
          const parts: Buffer[] = [];
          res.on("data", (d: Buffer) => parts.push(d));
          res.on("error", failed);
          res.on("end", () => {
            this.keep(res.headers["set-cookie"] ?? []);
            const text = Buffer.concat(parts).toString("utf8");
            const json = /\bjson\b/.test(res.headers["content-type"] ?? "");
            done({ status: res.statusCode!, headers: res.headers, text, body: (json ? JSON.parse(text) : undefined) as T });
          });
        },
      );
      req.on("timeout", () => req.destroy(new Error(`${method} ${path}: no answer`)));
      req.on("error", failed);
      req.end(options.body);
    });
  }

  /** JSON in, JSON out. */
  json<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return body === undefined
      ? this.call<T>(method, path, { headers })
      : this.call<T>(method, path, {
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        });
  }

  /** The cookie header that a browser would send. */
  get cookieHeader(): string {
    return [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
  }

  /** An event stream; ends when `stop` is called.  Comments are left out. */
  events(path: string, lastEventId?: string): EventStream {
    return new EventStream(new URL(path, this.base), this.ca, this.cookieHeader, lastEventId, this.lookup);
  }

  private keep(lines: string[]): void {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(";");
      const at = pair!.indexOf("=");
      const name = pair!.slice(0, at).trim();
      const gone = attributes.some((a) => /^\s*max-age\s*=\s*0\s*$/i.test(a));
      if (gone) this.cookies.delete(name);
      else this.cookies.set(name, pair!.slice(at + 1));
    }
  }
}

export interface Event {
  id: string;
  event: string;
  data: string;
}

export class EventStream {
  readonly events: Event[] = [];
  status = 0;
  /** By the hub. */
  ended = false;
  private readonly req;

  constructor(url: URL, ca: string, cookie: string, lastEventId?: string, lookup?: LookupFunction) {
    const headers: Record<string, string> = { accept: "text/event-stream", cookie };
    if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
    this.req = request(url, { headers, ca, lookup }, (res) => {
      let rest = "";
      this.status = res.statusCode!;
      res.setEncoding("utf8");
      res.on("error", () => {});
      res.on("close", () => (this.ended = true));
      res.on("data", (d: string) => {
        const blocks = (rest + d).split("\n\n");
        rest = blocks.pop()!;
        for (const block of blocks) this.take(block);
      });
    });
    this.req.on("error", () => {});
    this.req.end();
  }

  stop(): void {
    this.req.destroy();
  }

  private take(block: string): void {
    const e: Event = { id: "", event: "message", data: "" };
    for (const line of block.split("\n")) {
      const m = /^(id|event|data): ?(.*)$/.exec(line);
      if (m) e[m[1] as keyof Event] = m[2]!;
    }
    if (e.event !== "ping" && (e.id || e.data)) this.events.push(e);
  }
}
