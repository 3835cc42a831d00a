/* session.ts - a site whose pages are visited: hub, connector and a real cupsd, and both sides' words on it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EventStream } from "./http.ts";
import { Connector, type Source } from "./connector.ts";
import { Cups, type Login } from "./cups.ts";
import { Hub, newSite, type Provider } from "./hub.ts";
import type { Named } from "./api.ts";
import { until } from "./until.ts";

export type State = "requested" | "waiting_for_approval" | "open" | "ended" | "refused";

/** As the hub shows it. */
export interface Session {
  id: string;
  state: State;
  why: string | null;
  reason: string;
  target: { id: string; kind: string; name: string | null };
  user: Named;
  opened_at: string | null;
  ends_at: string | null;
  more_until: string | null;
  site_silent_since: string | null;
  more_refused: { at: string; why: string } | null;
  ended_at: string | null;
  bytes_up: number;
  bytes_down: number;
  requests: number;
}
export interface Made {
  id: string;
  state: State;
  url: string | null;
  expires_at: string;
  code?: string;
}
/** As `imprimatur-connector sessions --json` shows it. */
export interface Visits {
  items: { id: string; state: State; by: string; reason: string; target_kind: string }[];
  past: { id: string; state: State; why: string | null; target_kind: string; bytes_down: number; requests: number }[];
}

export const SUFFIX = "console.example.test";

/** A hub that opens sessions, and a site of a real cupsd whose connector is online. */
export class Visited {
  private constructor(
    readonly hub: Hub,
    readonly provider: Provider,
    readonly site: Named,
    readonly connector: Connector,
    readonly cups: Cups,
  ) {}

  static async start(
    options: Record<string, string> = {},
    source: Source = {},
    env: Record<string, string> = {},
    login?: Login,
  ): Promise<Visited> {
    const hub = await Hub.start({ console_suffix: SUFFIX, ...options });
    const cups = await Cups.start(login);
    const { provider, site } = await newSite(hub);
    const connector = await Connector.forSite(hub, provider, site, { ...cups.source, ...source }, env);
    const v = new Visited(hub, provider, site, connector, cups);
    await until("the connector is online", async () => (await provider.api.site(site.id)).status !== "never_connected");
    await until("the connector can be asked", () => existsSync(join(connector.dir, "control.sock")));
    return v;
  }

  /** Turns a switch at the site, and waits until the hub has heard of it. */
  async allow(state: "off" | "ask" | "on", which: "console" | "mfp" = "console"): Promise<void> {
    const r = await this.connector.command("permissions", which, state);
    if (r.code !== 0) throw new Error(`permissions: ${r.code}: ${r.stderr}`);
    await until("the hub knows the switch", async () => (await this.provider.api.site(this.site.id)).permissions?.[which] === state);
  }

  ask(target = "console", reason = "toner report fails, ticket 4711"): Promise<{ status: number; body: Made }> {
    return this.provider.api.raw<Made>("POST", `/api/v1/sites/${this.site.id}/sessions`, { target, reason });
  }

  async asked(target?: string, reason?: string): Promise<string> {
    const a = await this.ask(target, reason);
    if (a.status !== 201) throw new Error(`sessions: ${a.status} ${a.body.code}`);
    return a.body.id;
  }

  async get(id: string): Promise<Session> {
    return (await this.provider.api.raw<Session>("GET", `/api/v1/sessions/${id}`)).body;
  }

  async is(id: string, state: State, why: string | null = null): Promise<void> {
    await until(`the session is ${state} ${why ?? ""}`, async () => {
      const s = await this.get(id);
      return s.state === state && s.why === why;
    });
  }

  /** The technician's way in: good once, for a minute. */
  async url(id: string): Promise<string> {
    const a = await this.provider.api.raw<Made>("POST", `/api/v1/sessions/${id}/url`);
    if (a.status !== 200) throw new Error(`url: ${a.status} ${a.body.code}`);
    return a.body.url!;
  }

  end(id: string): Promise<{ status: number }> {
    return this.provider.api.raw("DELETE", `/api/v1/sessions/${id}`);
  }

  /** The customer's shell. */
  async visits(): Promise<Visits> {
    const r = await this.connector.command("sessions", "--json");
    if (r.code !== 0) throw new Error(`sessions: ${r.code}: ${r.stderr}`);
    return JSON.parse(r.stdout) as Visits;
  }

  async say(word: "approve" | "refuse" | "end", id: string): Promise<void> {
    const r = await this.connector.command("sessions", word, id);
    if (r.code !== 0) throw new Error(`sessions ${word}: ${r.code}: ${r.stderr}`);
  }

  /** Asked for, a person at the site has said yes, and the hub knows. */
  async opened(target?: string, reason?: string): Promise<string> {
    const id = await this.asked(target, reason);
    await until("the site shows who waits", async () => (await this.visits()).items.some((v) => v.id === id));
    if ((await this.visits()).items.some((v) => v.id === id && v.state === "waiting_for_approval")) await this.say("approve", id);
    await this.is(id, "open");
    return id;
  }
}

/** What the stream of changes has said of a session so far. */
export function saidOf(stream: EventStream, id: string): string[] {
  return stream.events
    .map((e) => JSON.parse(e.data) as { verb: string; object: { id: string } })
    .filter((c) => c.object.id === id)
    .map((c) => c.verb);
}
