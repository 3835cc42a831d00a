/* settings.ts - the connector's settings page as a person, a program or an intruder on that machine meets it. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Connector } from "./connector.ts";
import type { Host } from "./networks.ts";
import { until } from "./until.ts";

export interface Plain<T = unknown> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: T;
}

export interface SwitchView {
  state: string;
  set: string;
  until: string | null;
  then: string;
  windows: { from: string; to: string }[];
  unwritten: boolean;
}

export interface PageState {
  provider: string;
  region: string;
  permissions: { revision: number; monitoring: SwitchView; console: SwitchView; mfp: SwitchView; silent: boolean; told: boolean };
  line: { online: boolean; sent_at: string | null; sent_bytes: number | null; tunnel_failure: string | null; waiting: number };
  source: { kind: string; state: string | null; version: string | null; hint: string };
}

/** The address in settings.url, once it is there. */
export function settingsUrl(c: Connector): Promise<URL> {
  return until("settings.url is there", () => {
    const line = /^URL=(.*)\r$/m.exec(readFileSync(join(c.dir, "settings.url"), "utf8"));
    return line && new URL(line[1]!);
  });
}

/** One plain HTTP call with exactly these headers. */
export function plain<T = unknown>(
  url: URL | string,
  options: { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal; socketPath?: string } = {},
): Promise<Plain<T>> {
  return new Promise((done, failed) => {
    const { method = "GET", headers, signal, socketPath } = options;
    const req = request(url, { method, headers, timeout: 20_000, signal, socketPath }, (res) => {
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
    req.end(options.body);
  });
}

/** The page's own client: what its script would send. */
export class SettingsPage {
  private constructor(
    readonly origin: string,
    readonly token: string,
    private readonly socketPath?: string,
  ) {}

  /** `host`: the machine on which it is, if it is not this one. */
  static async open(c: Connector, host?: Host): Promise<SettingsPage> {
    const url = await settingsUrl(c);
    const door = host && (await host.door(Number(url.port)));
    const a = await SettingsPage.spend(url.origin, url.hash.slice(1), {}, door);
    if (a.status !== 201) throw new Error(`token: ${a.status} ${a.text}`);
    return new SettingsPage(url.origin, a.body.token, door);
  }

  static spend(
    origin: string,
    secret: string,
    headers: Record<string, string> = {},
    socketPath?: string,
  ): Promise<Plain<{ token: string; code?: string }>> {
    return plain(`${origin}/api/token`, {
      method: "POST",
      socketPath,
      headers: { "content-type": "application/json", origin, ...headers },
      body: JSON.stringify({ secret }),
    });
  }

  call<T = { code?: string; field?: string }>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Plain<T>> {
    const all: Record<string, string> = { "x-imprimatur-token": this.token, "x-imprimatur-present": "1" };
    if (method !== "GET") all.origin = this.origin;
    if (body !== undefined) all["content-type"] = "application/json";
    return plain(`${this.origin}${path}`, {
      method,
      headers: { ...all, ...headers },
      signal,
      socketPath: this.socketPath,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  async state(): Promise<PageState> {
    const a = await this.call<PageState>("GET", "/api/state");
    if (a.status !== 200) throw new Error(`state: ${a.status} ${a.text}`);
    return a.body;
  }

  async turn(permission: string, to: string, for_s?: number): Promise<PageState> {
    const a = await this.call<PageState>("POST", "/api/switches", { permission, to, for_s });
    if (a.status !== 200) throw new Error(`turn: ${a.status} ${a.text}`);
    return a.body;
  }
}
