/* hub.ts - a hub of one's own: temporary folder, development certificate, a port of loopback that stays over restarts. */
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api, type Named, type Site } from "./api.ts";
import { Http, leadingTo } from "./http.ts";
import { freePort, programs, root, tempDir } from "./place.ts";
import { Program, type Ready } from "./program.ts";

export interface Provider {
  name: string;
  email: string;
  password: string;
  /** Logged in as the provider's first user. */
  api: Api;
}

export class Hub {
  readonly dir = tempDir();
  readonly caFile = join(this.dir, "ca/ca.pem");
  readonly certFile = join(this.dir, "ca/tls.pem");
  readonly keyFile = join(this.dir, "ca/tls.key");
  readonly configFile = join(this.dir, "hub/hub.conf");
  /** Offset of the hub's clock in ms (builds with test hooks); see skipTime. */
  readonly clockFile = join(this.dir, "clock");
  url = "";
  program!: Program;
  ready!: Ready;
  /** The certificate of its authority. */
  ca = "";
  private users = 0;

  /** Where it listens ("127.0.0.1:8443"), if that is not where its URL leads: behind a balancer. */
  private at?: string;
  /** Words in front of each command, which put it on another disk, for instance. */
  private inside: string[] = [];

  /** Where its name leads those who ask: here, unless it has a name and is at an address of its own. */
  address = "127.0.0.1";

  /** `options` are lines of hub.conf, but for `name`: whose name leads here is the caller's to see to. */
  static async start(options: Record<string, string> = {}, at?: string, inside: string[] = []): Promise<Hub> {
    const hub = new Hub();
    hub.at = at;
    hub.inside = inside;
    if (options.name && at) hub.address = at.split(":")[0]!;
    await hub.init(options);
    await hub.serve();
    return hub;
  }

  /** One that `init --solo` made, with its arguments beginning at --solo; `told` is what it printed. */
  static async solo(args: string[], password: string): Promise<Hub & { told: string }> {
    const hub = new Hub();
    const told = await hub.init({}, args, `${password}\n`);
    await hub.serve();
    return Object.assign(hub, { told });
  }

  private async init(options: Record<string, string>, more: string[] = [], input = ""): Promise<string> {
    const { name = "localhost", ...lines } = options;
    const names = [...(name === "localhost" ? [] : [name]), ...(options.console_suffix === undefined ? [] : [`*.${options.console_suffix}`])];
    execFileSync(join(root, "tools/dev-ca"), [join(this.dir, "ca"), ...names]);
    this.ca = readFileSync(this.caFile, "utf8");
    this.url = new URL(`https://${name}:${this.address === "127.0.0.1" ? await freePort() : this.at!.split(":")[1]}`).origin;
    const data = options.data_dir === undefined ? [] : ["--data", options.data_dir];
    const args = ["init", "--dir", join(this.dir, "hub"), "--public-url", this.url, "--region", "de", ...data, ...more];
    const { code, stdout, stderr } = await Program.run(programs.hub, args, { input, inside: this.inside });
    if (code !== 0) throw new Error(`imprimatur-hub ${args.join(" ")}: ${code}: ${stderr}`);
    Object.assign(lines, { "tls.certificate": this.certFile, "tls.key": this.keyFile }, lines);
    const kept = readFileSync(this.configFile, "utf8")
      .split("\n")
      .filter((l) => !Object.keys(lines).some((name) => l.replace(/\s/g, "").startsWith(`${name}=`)));
    writeFileSync(this.configFile, kept.join("\n"));
    appendFileSync(this.configFile, `\n${Object.entries(lines).map(([k, v]) => `${k} = ${v}\n`).join("")}`);
    this.setClock(0);
    return stdout;
  }

  async serve(env: Record<string, string> = {}): Promise<void> {
    const readyFile = join(this.dir, "ready.json");
    rmSync(readyFile, { force: true });
    this.program = Program.start(
      programs.hub,
      [
        ...["serve", "--config", this.configFile, "--ready", readyFile, "--parent-pid", String(process.pid)],
        ...["--listen", this.at ?? `127.0.0.1:${new URL(this.url).port}`],
      ],
      { env: { IMPRIMATUR_TEST_CLOCK: this.clockFile, ...env }, inside: this.inside },
    );
    this.ready = await this.program.ready(readyFile);
  }

  /** A hub that is up takes the new time at its next look at the clock. */
  setClock(offset_ms: number): void {
    const b = Buffer.alloc(8);
    b.writeBigInt64LE(BigInt(offset_ms));
    // In place: the program has the file mapped.
    writeFileSync(this.clockFile, b, { flag: existsSync(this.clockFile) ? "r+" : "w" });
  }

  http(): Http {
    return new Http(this.url, this.ca, this.address === "127.0.0.1" ? undefined : leadingTo(this.address));
  }

  /** Makes the user and, if it is new, the provider; logs in and accepts the hub terms. */
  async provider(name = "ACME Print"): Promise<Provider> {
    const provider = await this.newcomer(name);
    await provider.api.acceptTerms();
    return provider;
  }

  /** The same, but nothing is accepted yet. */
  async newcomer(name = "ACME Print"): Promise<Provider> {
    const email = `user${++this.users}@example.test`;
    const password = `correct horse ${this.users} battery`;
    const r = await Program.run(
      programs.hub,
      ["user", "add", "--config", this.configFile, "--provider", name, "--email", email, "--name", "Test User"],
      { input: `${password}\n`, inside: this.inside },
    );
    if (r.code !== 0) throw new Error(`user add: ${r.code}: ${r.stderr}`);
    return { name, email, password, api: await this.logIn(email, password) };
  }

  /** A person of the operator's support, logged in. */
  async support(email = "sam@operator.test", name = "Sam Support", password = "a long word of support"): Promise<Api> {
    const args = ["support", "add", "--config", this.configFile, "--email", email, "--name", name];
    const r = await Program.run(programs.hub, args, { input: `${password}\n`, inside: this.inside });
    if (r.code !== 0) throw new Error(`support add: ${r.code}: ${r.stderr}`);
    return this.logIn(email, password);
  }

  async logIn(email: string, password: string): Promise<Api> {
    const api = new Api(this.http());
    await api.login(email, password);
    return api;
  }

  /** A backup: a copy of its files, made while it is stopped. */
  copyDisk(): string {
    const to = join(tempDir(), "backup");
    cpSync(join(this.dir, "hub"), to, { recursive: true });
    return to;
  }

  /** Its files as they were; it must be stopped. */
  rollBack(copy: string): void {
    rmSync(join(this.dir, "hub"), { recursive: true });
    cpSync(copy, join(this.dir, "hub"), { recursive: true });
  }

  /** Every octet that the hub has on disk, by file. */
  files(dir = join(this.dir, "hub")): Map<string, Buffer> {
    const all = new Map<string, Buffer>();
    for (const name of readdirSync(dir, { recursive: true }) as string[]) {
      const path = join(dir, name);
      if (statSync(path).isFile()) all.set(path, readFileSync(path));
    }
    return all;
  }
}

/** The shortest way to a site: a hub, a provider, a customer. */
export async function newSite(hub: Hub, name = "Head office"): Promise<{ provider: Provider; customer: Named; site: Site }> {
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("Example Works");
  return { provider, customer, site: await provider.api.makeSite(customer, name) };
}
