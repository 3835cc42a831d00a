/* connector.ts - a connector on "the customer's machine": a folder, and the programs run in it. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Named } from "./api.ts";
import type { Hub, Provider } from "./hub.ts";
import { programs, tempDir } from "./place.ts";
import { Program, type Result } from "./program.ts";

/** Options of connector.conf. */
export type Source = Record<string, string>;

/** Those that enrolment reads from standard input, never from its command line. */
const SECRETS = ["source.papercut.key", "proxy.password", "source.papercut.token"];

export interface Offer {
  provider: string;
  customer: string;
  site: string;
  region: string;
  agreement: { version: string; language: string; sha256: string; text: string };
  schema_min: number;
  schema_max: number;
  replaces: boolean;
}

/** What the hub offers for a code, as the connector sees it before anybody agrees. */
export async function offer(hub: Hub, code: string, language = "en"): Promise<Offer> {
  const a = await hub.http().json<Offer>("POST", "/c/v1/invitation", { code, language });
  if (a.status !== 200) throw new Error(`invitation: ${a.status} ${a.text}`);
  return a.body;
}

/** A socket cannot be copied, and is made anew by whoever runs. */
const isNoSocket = (path: string): boolean => !statSync(path).isSocket();

export class Connector {
  readonly dir: string;
  /** Words in front of each command: another network, for instance. */
  inside: string[] = [];
  program?: Program;

  constructor(
    private readonly hub: { url: string; caFile: string },
    dir = join(tempDir(), "connector"),
  ) {
    this.dir = dir;
  }

  /** Invites, accepts unattended as the customer's administrator would, and runs it. */
  static async forSite(hub: Hub, provider: Provider, site: Named, source: Source, env: Record<string, string> = {}): Promise<Connector> {
    const c = new Connector(hub);
    const { code } = await provider.api.invite(site);
    const r = await c.enroll(code, source, (await offer(hub, code)).agreement.sha256, undefined, env);
    if (r.code !== 0) throw new Error(`enroll: ${r.code}: ${r.stderr}`);
    c.run(env);
    return c;
  }

  /** Unattended if `accept` is given; else `input` (the code, then the rest) answers the questions. */
  enroll(code: string, source: Source, accept?: string, input?: string, env: Record<string, string> = {}): Promise<Result> {
    const args = ["enroll", "--dir", this.dir, "--hub", this.hub.url, "--ca", this.hub.caFile, "--language", "en"];
    if (accept !== undefined) args.push("--accept-agreement", accept);
    const [first, ...others] = (input ?? `${code}\n`).split("\n");
    const lines = [first];
    // Many run on one machine here: each takes a port of its own for its settings page.
    for (const [name, value] of Object.entries({ "settings.listen": "127.0.0.1:0", ...source })) {
      if (!SECRETS.includes(name)) args.push("--set", `${name}=${value}`);
      else if (args.push("--secret", name)) lines.push(value);
    }
    return Program.run(programs.connector, args, { input: [...lines, ...others].join("\n"), env, inside: this.inside });
  }

  run(env: Record<string, string> = {}): Program {
    this.program = Program.start(
      programs.connector,
      ["run", "--dir", this.dir, "--parent-pid", String(process.pid)],
      { env, inside: this.inside },
    );
    return this.program;
  }

  /** As the service manager does that holds a listening socket for it (sd_listen_fds(3)). */
  runWithSocket(fd: number, name: string): Program {
    this.program = Program.start(
      "sh",
      ["-c", 'export LISTEN_PID=$$; exec "$0" "$@"', programs.connector, "run", "--dir", this.dir],
      { env: { LISTEN_FDS: "1", LISTEN_FDNAMES: name }, fds: [fd] },
    );
    return this.program;
  }

  command(...args: string[]): Promise<Result> {
    return Program.run(programs.connector, [args[0]!, "--dir", this.dir, ...args.slice(1)]);
  }

  async status<T = Record<string, unknown>>(): Promise<T> {
    const r = await this.command("status", "--json");
    if (r.code !== 0) throw new Error(`status: ${r.code}: ${r.stderr}`);
    return JSON.parse(r.stdout) as T;
  }

  async monitoring(value: "on" | "off"): Promise<void> {
    const r = await this.command("permissions", "monitoring", value);
    if (r.code !== 0) throw new Error(`permissions: ${r.code}: ${r.stderr}`);
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), "utf8");
  }

  /** The revision of the switches that the hub has confirmed; 0: none yet. */
  permissionsTold(): number {
    return (JSON.parse(this.read("state.json")) as { permissions_told?: number }).permissions_told ?? 0;
  }

  /** A copy of the machine's disk, for a later roll-back or a second machine. */
  copyDisk(): string {
    const to = join(tempDir(), "copy");
    cpSync(this.dir, to, { recursive: true, filter: isNoSocket });
    return to;
  }

  /** The disk as it was; nobody may be running. */
  rollBack(copy: string): void {
    rmSync(this.dir, { recursive: true });
    cpSync(copy, this.dir, { recursive: true });
  }

  get enrolled(): boolean {
    return existsSync(join(this.dir, "state.json"));
  }
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** As if the day had begun yesterday: what is counted is the same, only the waiting is not. */
export async function aDayLater(c: Connector): Promise<void> {
  await c.program!.stop();
  const counters = JSON.parse(c.read("counters.json")) as { from: string };
  counters.from = new Date(Date.parse(counters.from) - 86_400_000).toISOString();
  writeFileSync(join(c.dir, "counters.json"), JSON.stringify(counters));
}
