/* networks.ts - networks of one's own: each is a bridge in a network namespace, each host on it another namespace, and this
 * machine is a host of those that it joins.  Nothing is reached from a host but what its networks hold: none passes anything on
 * from one to the other. */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { ListenOptions, NetConnectOpts } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ip, Island } from "./island.ts";
import { processEnv, tempDir } from "./place.ts";
import { Program, type Result } from "./program.ts";
import { until } from "./until.ts";

let made = 0;

function namespace(): string {
  const name = `impr${process.pid}x${++made}`;
  ip("netns", "add", name);
  onTestFinished(() => ip("netns", "del", name));
  ip("-n", name, "link", "set", "lo", "up");
  return name;
}

/** Why there can be none here, or "". */
export function networksMissing(): string {
  if (Island.missing) return Island.missing;
  const name = `probe${process.pid}b`;
  ip("netns", "add", name);
  try {
    ip("-n", name, "link", "add", "wire", "type", "bridge");
    return "";
  } catch {
    return "this machine gives no network bridges";
  } finally {
    ip("netns", "del", name);
  }
}

/** A machine on one network or several; what it calls by name is in `names`, and nowhere else. */
export class Host {
  readonly name = namespace();
  private readonly hostsFile = join(tempDir(), "hosts");
  private cables = 0;

  constructor(names: Record<string, string> = {}) {
    this.call(names);
  }

  /** Words in front of a command that is to run there. */
  get inside(): string[] {
    return ["ip", "netns", "exec", this.name, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', this.hostsFile];
  }

  /** From now on: in place, since what runs there has the file mounted. */
  call(names: Record<string, string>): void {
    const lines = Object.entries({ localhost: "127.0.0.1", ...names }).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(this.hostsFile, lines.join(""));
  }

  nextCable(): string {
    return `cable${this.cables++}`;
  }

  run(command: string, ...args: string[]): Promise<Result> {
    return Program.run(command, args, { inside: this.inside, foreign: true });
  }

  /** A Unix socket that leads to a port of its loopback, for clients of ours. */
  async door(port: number): Promise<string> {
    const path = join(tempDir(), "door");
    await this.lead({ path }, { port, host: "127.0.0.1" });
    return path;
  }

  /** The other way round: what it has at an address leads to a Unix socket of ours. */
  serve(host: string, port: number, path: string): Promise<void> {
    return this.lead({ host, port }, { path });
  }

  private async lead(from: ListenOptions, to: NetConnectOpts): Promise<void> {
    const script = `const net = require("net"), [from, to] = process.argv.slice(1).map(JSON.parse);
      net.createServer((c) => {
        const s = net.connect(to);
        for (const [a, b] of [[c, s], [s, c]]) a.on("error", () => b.destroy()).pipe(b);
      }).listen(from, () => console.log("open"));
      process.on("SIGTERM", () => process.exit(0));`;
    const program = Program.start(process.execPath, ["-e", script, ...[from, to].map((o) => JSON.stringify(o))], { inside: this.inside });
    await until("the door is open", () => program.stdout.includes("open"));
  }
}

export class Network {
  private readonly wire = namespace();
  private cables = 0;

  /** `prefix`: the first three parts of its addresses. */
  constructor(readonly prefix: string) {
    ip("-n", this.wire, "link", "add", "wire", "type", "bridge");
    ip("-n", this.wire, "link", "set", "wire", "up");
  }

  /** One in which this machine may have an address, and has none yet: of 198.18.0.0/15 (RFC 2544), which no real network has. */
  static outside(): Network {
    const ours = execFileSync("ip", ["-4", "addr"], { encoding: "utf8" });
    let prefix: string;
    do prefix = `198.19.${randomInt(256)}`;
    while (ours.includes(` ${prefix}.`));
    return new Network(prefix);
  }

  /** Further addresses go to the same cable. */
  join(host: Host, ...last: number[]): string {
    const cable = host.nextCable();
    ip("-n", host.name, "link", "add", cable, "type", "veth", "peer", "name", this.end(), "netns", this.wire);
    for (const n of last) ip("-n", host.name, "addr", "add", `${this.at(n)}/24`, "dev", cable);
    ip("-n", host.name, "link", "set", cable, "up");
    this.plug();
    return this.at(last[0]!);
  }

  /** This machine becomes one of its hosts. */
  joinUs(last: number): string {
    const cable = `${this.wire.slice(-13)}u`;
    ip("link", "add", cable, "type", "veth", "peer", "name", this.end(), "netns", this.wire);
    ip("link", "set", cable, "addrgenmode", "none"); // as in island.ts
    ip("addr", "add", `${this.at(last)}/24`, "dev", cable);
    ip("link", "set", cable, "up");
    this.plug();
    return this.at(last);
  }

  at(last: number): string {
    return `${this.prefix}.${last}`;
  }

  private end(): string {
    return `end${this.cables}`;
  }

  private plug(): void {
    ip("-n", this.wire, "link", "set", this.end(), "master", "wire", "up");
    this.cables++;
  }
}

/** Fails with the reason if the host gets there. */
export function expectNoWay(host: Host, address: string): void {
  const [first, ...rest] = [...host.inside, "ip", "route", "get", address];
  try {
    execFileSync(first!, rest, { env: processEnv(), stdio: "pipe" });
  } catch {
    return;
  }
  throw new Error(`${host.name} has a way to ${address}`);
}
