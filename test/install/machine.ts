/* machine.ts - a fresh Debian of one's own: a debootstrap tree with a network, processes and mounts of its own, in which
 * commands are typed as a person types them, at a terminal that asks back.
 *
 * The tree is made once (.build/install/base.tar, which needs the network) and unpacked for each test.  What runs in it has no
 * way out; what is installed there comes from files and from apt's cache. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { onTestFinished } from "vitest";
import { installed, processEnv, root, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { until } from "../harness/until.ts";

const cache = join(root, ".build/install");
/** Where the administrator of the machine works, and puts what was fetched. */
export const home = "/srv";
const base = join(cache, "base.tar");
const suite = "bookworm";

function must(command: string, ...args: string[]): void {
  execFileSync(command, args, { env: processEnv({ DEBIAN_FRONTEND: "noninteractive" }), stdio: ["ignore", "ignore", "inherit"], maxBuffer: 1 << 26 });
}

/* As small as Debian gets, and what a person has before reading our README: certificates and curl. */
function makeBase(): void {
  const tree = join(cache, "tree");
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  must("debootstrap", "--variant=minbase", "--include=ca-certificates,curl", suite, tree);
  writeFileSync(join(tree, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  must("chroot", tree, "apt-get", "update", "-q");
  must("tar", "-C", tree, "-cf", `${base}.new`, ".");
  renameSync(`${base}.new`, base);
  rmSync(tree, { recursive: true });
}

export class Machine {
  readonly dir = join(tempDir(), "machine");
  private init = 0;

  /** Why there can be none here, or "". */
  static get missing(): string {
    if (process.getuid?.() !== 0) return "a machine of one's own needs root";
    for (const [program, from] of [["debootstrap", "debootstrap"], ["script", "bsdutils"], ["nsenter", "util-linux"]] as const)
      if (!installed(program)) return `${program} is not installed (Debian: ${from})`;
    return "";
  }

  /** `debs`: their dependencies are fetched into apt's cache while there is a network. */
  static async boot(debs: string[], names: string[]): Promise<Machine> {
    if (!existsSync(base)) makeBase();
    const m = new Machine();
    mkdirSync(m.dir);
    must("tar", "-C", m.dir, "-xf", base);
    for (const deb of debs) m.put(deb, `/tmp/${basename(deb)}`);
    must("chroot", m.dir, "apt-get", "install", "-qy", "--download-only", ...debs.map((d) => `/tmp/${basename(d)}`));
    must("chroot", m.dir, "sh", "-c", "rm /tmp/*.deb");
    writeFileSync(join(m.dir, "etc/hosts"), `127.0.0.1 localhost ${names.join(" ")}\n`);
    await m.start();
    return m;
  }

  /* Its first process holds the namespaces, and everything in them ends with it. */
  private async start(): Promise<void> {
    const first = spawn(
      "unshare",
      ["--net", "--pid", "--mount", "--fork", "--kill-child", "sh", "-c",
        // As container engines do: a service's account may listen on port 443.
        `ip link set lo up && mount -t proc proc ${quoted(this.dir)}/proc && sysctl -qw net.ipv4.ip_unprivileged_port_start=0 && echo up && exec sleep infinity`],
      { env: processEnv(), stdio: ["ignore", "pipe", "inherit"] },
    );
    let said = "";
    first.stdout!.on("data", (d) => (said += String(d)));
    onTestFinished(async () => {
      const gone = new Promise((done) => first.once("close", done));
      first.kill("SIGKILL");
      await gone;
    });
    await until("the machine is up", () => said.includes("up"));
    this.init = Number(readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, "utf8"));
  }

  /** Words in front of a command that runs in it, as root in its home. */
  private get inside(): string[] {
    return ["nsenter", `--target=${this.init}`, "--net", "--pid", "--mount", "chroot", this.dir, "env", "-i", `HOME=${home}`,
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "TERM=dumb"];
  }

  put(file: string, to: string): void {
    copyFileSync(file, join(this.dir, to));
  }

  /** Typed at a terminal: each answer is given when its question is seen, in any order.  What the terminal showed. */
  async type(command: string, answers: [RegExp, string][] = []): Promise<string> {
    const line = [...this.inside, "sh", "-c", `cd ${home} && ${command}`].map(quoted).join(" ");
    const p = Program.start("script", ["-qefc", line, "/dev/null"], { foreign: true, keep: Infinity });
    let from = 0;
    p.child.stdout!.on("data", () => {
      for (const [question, answer] of answers) {
        const found = question.exec(p.stdout.slice(from));
        if (!found) continue;
        from += found.index + found[0].length;
        p.child.stdin!.write(`${answer}\n`);
      }
    });
    const code = await p.ended;
    if (code !== 0) throw new Error(`${command}: ${code}:\n${p.stdout}${p.stderr}`);
    return p.stdout;
  }

  /** A command that runs on, its words to /tmp/<name>.log. */
  background(command: string, name: string): void {
    const line = `cd ${home} && echo $$ >/tmp/${name}.pid && exec ${command} >/tmp/${name}.log 2>&1`;
    Program.start("sh", ["-c", line], { inside: this.inside, foreign: true });
  }

  /** As a service manager ends it. */
  async stop(name: string): Promise<void> {
    this.ask(`kill $(cat /tmp/${name}.pid)`);
    await until(`${name} has ended`, () => this.ask(`kill -0 $(cat /tmp/${name}.pid) 2>&1`).includes("No such process"));
  }

  /** What a command says, without a terminal; its exit code is no matter. */
  ask(command: string): string {
    const [first, ...rest] = [...this.inside, "sh", "-c", command];
    return spawnSync(first!, rest, { encoding: "utf8", maxBuffer: 1 << 26 }).stdout;
  }
}

/** One word of a shell's line. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
