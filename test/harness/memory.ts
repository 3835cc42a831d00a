/* memory.ts - what a running program holds in its writable memory, as /proc tells it (proc(5)). */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Program } from "./program.ts";
import type { Place } from "./search.ts";

/** A sanitizer's map of which octets may be used is larger, and holds none of the program's own. */
const MAPPING_MAX = 2 ** 32;
const PIECE = 2 ** 28;
const PAGE = 4096;

/** The programs take themselves out of their own user's reach. */
export function memoryMissing(): string {
  return process.getuid?.() === 0 ? "" : "another process's memory is for root alone";
}

interface Range {
  from: number;
  to: number;
}

function mappings(pid: number): Range[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  return [...lines].map(([, from, to]) => ({ from: parseInt(from!, 16), to: parseInt(to!, 16) })).filter((m) => m.to - m.from < MAPPING_MAX);
}

/** The parts of a mapping that were ever written to: each page's word says by its highest bits whether it is there. */
function present(pagemap: number, { from, to }: Range): Range[] {
  const words = Buffer.alloc(((to - from) / PAGE) * 8);
  const len = readSync(pagemap, words, 0, words.length, (from / PAGE) * 8);
  const all: Range[] = [];
  for (let i = 0; i < len / 8; i++) {
    if ((words[i * 8 + 7]! & 0xc0) === 0) continue;
    const at = from + i * PAGE;
    const last = all.at(-1);
    if (last?.to === at && at - last.from < PIECE) last.to += PAGE;
    else all.push({ from: at, to: at + PAGE });
  }
  return all;
}

/** The program should rest: what it gives back meanwhile is passed over. */
export function memoryOf(p: Program): Place[] {
  const pid = p.child.pid!;
  const mem = openSync(`/proc/${pid}/mem`, "r");
  const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
  try {
    return mappings(pid).flatMap((m) => present(pagemap, m)).flatMap(({ from, to }) => {
      const octets = Buffer.alloc(to - from);
      try {
        readSync(mem, octets, 0, octets.length, from);
      } catch (e) {
        if (!["EIO", "EFAULT"].includes((e as NodeJS.ErrnoException).code ?? "")) throw e;
      }
      return { name: `the memory of ${p.name} at ${from.toString(16)}`, octets };
    });
  } finally {
    closeSync(pagemap);
    closeSync(mem);
  }
}
