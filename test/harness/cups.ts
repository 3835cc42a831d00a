/* cups.ts - a real private cupsd with real IPP printers (ippeveprinter); nothing of it is simulated. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Source } from "./connector.ts";
import { ip, type Island } from "./island.ts";
import { Hosts } from "./names.ts";
import { freePort, installed, root, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

/** Names what is missing, or nothing: `needs(ctx, cupsMissing())`. */
export function cupsMissing(): string {
  const missing = ["cupsd", "ippeveprinter", "ipptool", "lpadmin", "setpriv"].filter((p) => !installed(p));
  return missing.length > 0 ? `not installed: ${missing.join(" ")}` : "";
}

function listening(port: number, address = "127.0.0.1"): Promise<boolean> {
  return new Promise((done) => {
    const s = connect(port, address);
    s.once("connect", () => (s.destroy(), done(true)));
    s.once("error", () => done(false));
  });
}

export interface Login {
  name: string;
  password: string;
}

/** What a cupsd whose administration needs a login needs besides. */
export function loginMissing(): string {
  if (!installed("unshare")) return "unshare is not installed (Debian: util-linux)";
  return process.getuid?.() === 0 ? "" : "only root gives a cupsd accounts of its own";
}

/** Another machine's: words in front of its command, and its address there. */
export interface Remote {
  inside: string[];
  theirs: string;
}

export class Cups {
  readonly dir = tempDir();
  readonly socket = join(this.dir, "cups.sock");
  port = 0;
  private login?: Login;
  private remote?: Remote;
  program!: Program;

  /** With a login its administration needs one: see loginMissing(); away from here it demands encryption for that. */
  static async start(login?: Login, remote?: Remote): Promise<Cups> {
    const c = new Cups();
    c.login = login;
    c.remote = remote;
    c.port = await freePort();
    await c.restart();
    return c;
  }

  async restart(): Promise<void> {
    if (this.program) await this.program.stop();
    this.program = Program.start(join(root, "tools/private-cupsd"), [this.dir, String(this.port)], {
      foreign: true,
      inside: this.remote?.inside,
      env: {
        ...(this.login ? { LOGIN: `${this.login.name}:${this.login.password}` } : {}),
        ...(this.remote ? { REMOTE: this.remote.theirs } : {}),
      },
    });
    await until("cupsd answers", async () => (await Program.run("lpstat", ["-h", this.socket, "-r"])).code === 0);
  }

  /** A real printer and a queue to it by its own description ("everywhere"). */
  async addPrinter(queue: string): Promise<Program> {
    const port = await freePort();
    const printer = Program.start(join(root, "tools/ipp-printer"), [join(this.dir, queue), String(port), queue], {
      foreign: true,
    });
    await until("the printer listens", () => listening(port));
    await until("the queue is made", () =>
      this.admin("lpadmin", "-p", queue, "-E", "-m", "everywhere", "-v", `ipp://localhost:${port}/ipp/print`),
    );
    return printer;
  }

  /** What only the protocol sets: texts such as printer-organization. */
  /** A queue to a device that need not be there. */
  async addQueue(queue: string, uri: string): Promise<void> {
    if (!(await this.admin("lpadmin", "-p", queue, "-E", "-v", uri, "-m", "raw"))) throw new Error(`lpadmin: ${queue}`);
  }

  async describe(queue: string, texts: Record<string, string>): Promise<void> {
    const file = join(this.dir, "describe.test");
    const uri = `ipp://127.0.0.1:${this.port}/printers/${queue}`;
    const lines = [
      ...["OPERATION CUPS-Add-Modify-Printer", "GROUP operation-attributes-tag", "ATTR charset attributes-charset utf-8"],
      ...["ATTR language attributes-natural-language en", `ATTR uri printer-uri "${uri}"`, "GROUP printer-attributes-tag"],
      ...Object.entries(texts).map(([name, text]) => `ATTR text ${name} "${text}"`),
    ];
    writeFileSync(file, `{\n${lines.join("\n")}\nSTATUS successful-ok\n}\n`);
    const r = await Program.run("ipptool", ["-t", `ipp://127.0.0.1:${this.port}/admin/`, file]);
    if (r.code !== 0) throw new Error(`ipptool: ${r.stdout}${r.stderr}`);
  }

  /** The reason becomes printer-state-message. */
  disable(queue: string, reason = "paused"): Promise<boolean> {
    return this.admin("cupsdisable", "-r", reason, queue);
  }

  enable(queue: string): Promise<boolean> {
    return this.admin("cupsenable", queue);
  }

  remove(queue: string): Promise<boolean> {
    return this.admin("lpadmin", "-x", queue);
  }

  /** `-h` has to come first: the tools take what follows by it. */
  async admin(program: string, ...args: string[]): Promise<boolean> {
    // Over the socket cupsd knows who we are.
    const r = await Program.run(program, ["-h", this.login ? this.socket : `127.0.0.1:${this.port}`, ...args]);
    if (r.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${r.stderr}`);
    return true;
  }

  get source(): Source {
    return { "source.kind": "cups", "source.cups.server": this.socket };
  }
}

/** A real IPP printer in a network of its own, whose pages are by HTTP and by HTTPS with a certificate of its own making. */
export class RealPrinter {
  static readonly port = 8631;
  readonly host = "printer.test";
  readonly dir = tempDir();
  readonly names: Hosts;
  program!: Program;

  /** ippeveprinter wants its name to have an address of both kinds. */
  private constructor(readonly island: Island) {
    const six = "fd00:198:18::2";
    ip("-n", island.name, "addr", "add", `${six}/64`, "dev", "cable", "nodad");
    this.names = new Hosts(`${island.theirs} ${this.host}`, `${six} ${this.host}`);
  }

  static async start(island: Island, name: string): Promise<RealPrinter> {
    const p = new RealPrinter(island);
    const args = [p.dir, String(RealPrinter.port), name, p.host];
    p.program = Program.start(join(root, "tools/ipp-printer"), args, { foreign: true, inside: p.inside });
    await until("the printer listens", () => listening(RealPrinter.port, island.theirs));
    return p;
  }

  /** Words in front of a command that is to run beside it. */
  get inside(): string[] {
    return [...this.island.inside, ...this.names.inside];
  }

  get url(): string {
    return `http://${this.host}:${RealPrinter.port}`;
  }

  /** What it says of itself by IPP. */
  async attributes(): Promise<string> {
    const uri = `ipp://${this.host}:${RealPrinter.port}/ipp/print`;
    return (await Program.run("ipptool", ["-tv", uri, "get-printer-attributes.test"], { inside: this.inside, foreign: true })).stdout;
  }
}
