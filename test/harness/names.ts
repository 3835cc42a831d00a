/* names.ts - names below .test that lead to this machine: for this process, for a browser (browser.ts) and for a program. */
import dns from "node:dns";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { tempDir } from "./place.ts";

/** Words in front of a command that has these lines ("192.0.2.7 device.test") in its /etc/hosts; they may change. */
export class Hosts {
  private readonly file = join(tempDir(), "hosts");
  readonly inside = ["unshare", "-m", "sh", "-c", `mount --bind ${this.file} /etc/hosts && exec "$0" "$@"`];

  constructor(...lines: string[]) {
    this.say(...lines);
  }

  say(...lines: string[]): void {
    // In place: it is mounted.
    writeFileSync(this.file, `${readFileSync("/etc/hosts", "utf8")}\n${lines.join("\n")}\n`);
  }
}

/** For what is asked from this process itself, as long as the test runs. */
export function leadHere(name: string): void {
  const real = dns.lookup;
  const here = (asked: string, ...rest: unknown[]) => (real as (...a: unknown[]) => void)(asked === name ? "127.0.0.1" : asked, ...rest);
  dns.lookup = here as typeof dns.lookup;
  onTestFinished(() => void (dns.lookup = real));
}
