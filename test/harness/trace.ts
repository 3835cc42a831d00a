/* trace.ts - which files a running program opens to write, and how much it writes to any: its system calls, by strace.  A filter
 * in the kernel (seccomp) stops it at these alone, so that it stays about as fast as ever; its process number is its own. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installed, tempDir } from "./place.ts";

const CALLS = [
  ...["write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "splice", "copy_file_range", "truncate", "ftruncate", "fallocate"],
  ...["open", "openat", "openat2", "creat", "memfd_create", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat"],
];

export const straceMissing = (): string => (installed("strace") ? "" : "strace is not installed (Debian: strace)");

/** What it did to files, since the program began or since `seen`. */
export interface Written {
  /** Octets by file. */
  octets: Map<string, number>;
  /** Opened for writing, made, renamed. */
  made: string[];
}

/** No file on any disk, nor one in memory (/dev/shm). */
export function isDevice(file: string): boolean {
  return /^\/dev\/(?!shm\/)/.test(file);
}

export class Trace {
  private readonly dir = tempDir();

  /** Words in front of the program. */
  get inside(): string[] {
    const options = ["-D", "-ff", "--seccomp-bpf", "-y", "-s", "0", "-e", "signal=none", "-e", `trace=${CALLS.join(",")}`];
    return ["strace", ...options, "-o", join(this.dir, "calls")];
  }

  /** Lines so far, over all threads of all that ran. */
  get calls(): string[] {
    return readdirSync(this.dir).flatMap((f) => readFileSync(join(this.dir, f), "utf8").split("\n"));
  }

  written(): Written {
    const octets = new Map<string, number>();
    const made: string[] = [];
    for (const line of this.calls) {
      const [, call, rest] = /^(\w+)\((.*)$/.exec(line) ?? [];
      if (!call || !rest || / = -1 /.test(line)) continue;
      if (/^p?write(v|64|v2)?$/.test(call)) {
        const [, file] = /^\d+<(\/[^>]*)>/.exec(rest) ?? [];
        if (file && !isDevice(file)) octets.set(file, (octets.get(file) ?? 0) + Number(/ = (\d+)$/.exec(line)?.[1] ?? 0));
      } else if (/^open/.test(call)) {
        if (/O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)/.test(rest)) made.push(/ = \d+<([^>]*)>$/.exec(line)?.[1] ?? line);
      } else {
        made.push(line);
      }
    }
    return { octets, made };
  }
}
