/* desk.ts - approving from a desk, as an approver's machine and an intruder's meet it. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Connector } from "./connector.ts";
import type { Plain, SettingsPage } from "./settings.ts";
import { until } from "./until.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code that an authenticator app shows for this secret (RFC 6238), steps from now. */
export function codeOf(secret: string, steps = 0): string {
  const bits = [...secret.replaceAll(" ", "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g)!.map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const sum = createHmac("sha1", key).update(counter).digest();
  const number = sum.readUInt32BE(sum[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

export interface DeskState {
  state: string;
  url: string | null;
  fingerprint: string | null;
  problem: string | null;
  approvers: { id: string; name: string }[];
  mail: { on: boolean; busy: boolean; why: string | null; at: string | null };
  webhook: { on: boolean; busy: boolean; why: string | null; at: string | null };
}

export interface Approver {
  name: string;
  password: string;
  secret: string;
}

export interface Asked {
  items: { id: string; state: string; by: string; reason: string }[];
  name: string;
  code?: string;
}

export const deskHost = "desk.example.test";
const standard = { "desk.listen": "127.0.0.1:0", "desk.host": deskHost, "desk.allow": "127.0.0.0/8", "desk.name": "IT desk" };

export class Desk {
  private constructor(
    readonly connector: Connector,
    readonly page: SettingsPage,
    readonly port: number,
  ) {}

  /** Switched on by the settings page's own call. */
  static async open(connector: Connector, page: SettingsPage, options: Record<string, string> = {}): Promise<Desk> {
    const items = Object.entries({ ...standard, ...options }).map(([name, value]) => ({ name, value }));
    const a = await page.call("POST", "/api/options", { items });
    if (a.status !== 200) throw new Error(`options: ${a.status} ${a.text}`);
    const open = await until("the desk's page is open", async () => {
      const s = await Desk.state(page);
      return s.state === "open" && s;
    });
    return new Desk(connector, page, Number(new URL(open.url!).port));
  }

  static async state(page: SettingsPage): Promise<DeskState> {
    const a = await page.call<DeskState>("GET", "/api/desk");
    if (a.status !== 200) throw new Error(`desk: ${a.status} ${a.text}`);
    return a.body;
  }

  get origin(): string {
    return `https://${deskHost}:${this.port}`;
  }

  get certFile(): string {
    return join(this.connector.dir, "desk-cert.pem");
  }

  async add(name: string, password = "correct horse battery"): Promise<Approver> {
    const { secret } = (await this.page.call<{ secret: string }>("POST", "/api/desk/secret")).body;
    const a = await this.page.call("POST", "/api/desk/approvers", { name, password, secret, code: codeOf(secret) });
    if (a.status !== 200) throw new Error(`approvers: ${a.status} ${a.text}`);
    return { name, password, secret };
  }

  /** One call with exactly these headers, to the certificate that the page made. */
  call<T = { code?: string }>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Plain<T>> {
    const all: Record<string, string> = { host: `${deskHost}:${this.port}` };
    if (method !== "GET") all.origin = this.origin;
    if (body !== undefined) all["content-type"] = "application/json";
    return new Promise((done, failed) => {
      const options = { host: "127.0.0.1", port: this.port, servername: deskHost, ca: readFileSync(this.certFile), agent: false as const };
      const req = request({ ...options, method, path, headers: { ...all, ...headers }, timeout: 20_000 }, (res) => {
        const parts: Buffer[] = [];
        res.on("data", (d: Buffer) => parts.push(d));
        res.on("error", failed);
        res.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const json = /\bjson\b/.test(String(res.headers["content-type"] ?? ""));
          done({ status: res.statusCode!, headers: res.headers, text, body: (json ? JSON.parse(text) : undefined) as T });
        });
      });
      req.on("timeout", () => req.destroy(new Error("no answer")));
      req.on("error", failed);
      req.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  logIn(who: Approver, code = codeOf(who.secret, 1)): Promise<Plain<{ token?: string; code?: string }>> {
    return this.call("POST", "/api/login", { name: who.name, password: who.password, code });
  }

  visits(token: string): Promise<Plain<Asked>> {
    return this.call("GET", "/api/visits", undefined, { "x-imprimatur-token": token });
  }
}
