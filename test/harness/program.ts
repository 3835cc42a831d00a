/* program.ts - one running program: its words, its end, and that it never ends with a sanitizer's report.
 *
 * Whatever a test starts is stopped when the test has ended, in reverse order; a program that then does not end in order
 * (exit code 0 after SIGTERM) fails the test, unless it was killed on purpose. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { onTestFinished } from "vitest";
import { processEnv } from "./place.ts";
import { until } from "./until.ts";

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Ready {
  pid: number;
  url: string;
  admin?: string;
  tls_url?: string;
}

/** Of a program that runs on, the newest words are kept; of one that is run to its end, all. */
const WORDS_KEPT = 1_000_000;

const SANITIZER = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:/;

function last(words: string, keep: number): string {
  return words.length > keep ? words.slice(-keep) : words;
}

export class Program {
  readonly child: ChildProcess;
  readonly name: string;
  stdout = "";
  stderr = "";
  readonly ended: Promise<number | null>;
  private expected = false;

  /** `foreign`: not a program of ours, whose exit code says nothing.  `inside`: words in front that put it elsewhere. */
  constructor(
    command: string,
    args: string[],
    readonly options: { env?: Record<string, string>; input?: string; foreign?: boolean; keep?: number; inside?: string[]; fds?: number[] } = {},
  ) {
    this.name = basename(command);
    const [first, ...rest] = [...(options.inside ?? []), command, ...args];
    this.child = spawn(first!, rest, { env: processEnv(options.env), stdio: ["pipe", "pipe", "pipe", ...(options.fds ?? [])] });
    const keep = options.keep ?? WORDS_KEPT;
    this.child.stdout!.setEncoding("utf8").on("data", (d) => (this.stdout = last(this.stdout + d, keep)));
    this.child.stderr!.setEncoding("utf8").on("data", (d) => (this.stderr = last(this.stderr + d, keep)));
    this.child.stdin!.on("error", () => {}); // it may end without reading
    if (options.input !== undefined) this.child.stdin!.end(options.input);
    this.ended = new Promise((done) => {
      this.child.once("error", (e) => {
        this.stderr += e.message;
        done(null);
      });
      this.child.once("close", (code) => done(code));
    });
  }

  /** Starts it for the time of the test. */
  static start(command: string, args: string[], options: Program["options"] = {}): Program {
    const p = new Program(command, args, options);
    onTestFinished(() => p.stop());
    return p;
  }

  /** Runs it to its end. */
  static async run(command: string, args: string[], options: Program["options"] = {}): Promise<Result> {
    const p = new Program(command, args, { input: "", keep: Infinity, ...options });
    const code = await p.ended;
    p.check();
    return { code, stdout: p.stdout, stderr: p.stderr };
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits for the ready file that it was told to write. */
  async ready(file: string): Promise<Ready> {
    return until(`${this.name} is ready`, () => {
      if (!this.running) throw new Error(`${this.name} has ended: ${this.stderr}`);
      const r = JSON.parse(readFileSync(file, "utf8")) as Ready;
      return r.pid === this.child.pid && r;
    });
  }

  /** In order.  Twice is harmless. */
  async stop(): Promise<void> {
    if (this.expected) return;
    this.expected = true;
    const late = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    if (this.running) this.child.kill("SIGTERM");
    const code = await this.ended;
    clearTimeout(late);
    this.check();
    if (code !== 0 && !this.options.foreign)
      throw new Error(`${this.name} ended with ${code ?? this.child.signalCode}: ${this.stderr.slice(-4000)}`);
  }

  /** It does nothing, and everything that it has open stays so, until thaw(). */
  freeze(): void {
    this.child.kill("SIGSTOP");
  }
  thaw(): void {
    this.child.kill("SIGCONT");
  }

  /** As a power cut would. */
  async kill9(): Promise<void> {
    this.expected = true;
    this.child.kill("SIGKILL");
    await this.ended;
    this.check();
  }

  private check(): void {
    const at = this.stderr.search(SANITIZER);
    if (at >= 0) throw new Error(`${this.name}: ${this.stderr.slice(at, at + 4000)}`);
  }
}
