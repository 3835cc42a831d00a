/* disk.ts - a small disk of one's own that can be filled: a tmpfs in a mount namespace, which ends with the test. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { installed, processEnv } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const MOUNT = 'mount -t tmpfs -o size=$1,mode=700 tmpfs "$0"';

export class SmallDisk {
  private constructor(
    /** Where it is for those in its namespace, and the words in front of a command that put it there. */
    readonly at: string,
    readonly inside: string[],
    /** The same as it is reached from here. */
    readonly dir: string,
  ) {}

  static async make(size: string): Promise<SmallDisk> {
    const at = mkdtempSync(join(tmpdir(), "imprimatur-disk-"));
    onTestFinished(() => rmSync(at, { recursive: true }));
    // cat ends with its input, whatever becomes of us.
    const holder = Program.start("unshare", ["-m", "sh", "-c", `${MOUNT} && echo mounted && exec cat`, at, size], { foreign: true });
    await until("it is mounted", () => {
      if (!holder.running) throw new Error(`no small disk: ${holder.stderr}`);
      return holder.stdout.startsWith("mounted");
    });
    const pid = String(holder.child.pid);
    return new SmallDisk(at, ["nsenter", "-m", "-t", pid, "--"], `/proc/${pid}/root${at}`);
  }

  /** Not one more octet fits. */
  fill(): void {
    const fd = openSync(this.filling, "a");
    try {
      for (let piece = 1 << 20; piece > 0; ) {
        try {
          if (writeSync(fd, Buffer.alloc(piece)) < piece) piece >>= 1;
        } catch (e) {
          if ((e as NodeJS.ErrnoException).code !== "ENOSPC") throw e;
          piece >>= 1;
        }
      }
    } finally {
      closeSync(fd);
    }
  }

  empty(): void {
    rmSync(this.filling);
  }

  private get filling(): string {
    return join(this.dir, "filling");
  }

  /** Why there can be none here, or "". */
  static get missing(): string {
    if (process.getuid?.() !== 0) return "mount namespaces need root";
    if (!installed("unshare")) return "unshare is not installed (Debian: util-linux)";
    const at = mkdtempSync(join(tmpdir(), "imprimatur-disk-"));
    try {
      execFileSync("unshare", ["-m", "sh", "-c", MOUNT, at, "64k"], { env: processEnv(), stdio: "ignore" });
      return "";
    } catch {
      return "this machine gives no mount namespaces";
    } finally {
      rmSync(at, { recursive: true });
    }
  }
}
