/* place.ts - where things are: the checkout, the built programs, and a temporary folder for each test. */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

export const root = resolve(import.meta.dirname, "../..");
const build = resolve(root, process.env.IMPRIMATUR_BUILD ?? ".build/asan");

export const programs = {
  hub: join(build, "src/hub/imprimatur-hub"),
  connector: join(build, "src/connector/imprimatur-connector"),
  sim: join(build, "src/sim/imprimatur-sim"),
  bench: join(build, "bench/imprimatur-bench"),
};

/** A folder that is gone when the test has ended (kept, and named, if KEEP is set or the test failed with KEEP=failed). */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "imprimatur-"));
  onTestFinished(({ task }) => {
    const keep = process.env.KEEP === "failed" ? task.result?.state === "fail" : process.env.KEEP;
    if (keep) console.log(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/* Above those that browsers refuse (the Fetch standard's bad ports end with 10080). */
const lowestPort = 11_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const s = createServer();
    s.once("error", () => done(false));
    s.listen(port, "127.0.0.1", () => s.close(() => done(true)));
  });
}

/** A port of 127.0.0.1 that nobody has now, and that nobody gets by chance until it is used: not of those that the system
 * gives to outgoing connections and to who listens at port 0, if it leaves enough of them. */
export async function freePort(): Promise<number> {
  const given = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t")[0]);
  const end = given - lowestPort > 1000 ? given : 65_536;
  for (let tries = 0; tries < 1000; tries++) {
    const port = randomInt(lowestPort, end);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${lowestPort} to ${end}`);
}

/** Whether an installed program can be run, for tests that skip by name where it is absent. */
export function installed(program: string): boolean {
  if (program.includes("/")) return existsSync(program);
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { env: processEnv(), stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The environment for children: sbin on PATH, and sanitizer reports that are seen. */
export function processEnv(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99:detect_stack_use_after_return=1",
    UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1:exitcode=99",
    LC_ALL: "C.UTF-8",
    ...more,
  };
}
