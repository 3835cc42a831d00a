/* What a change touches, and whether one was missed.  Pure; stream.ts does the input and output.
 *
 * The hub numbers changes per provider without gaps.  EventSource sends Last-Event-ID when it
 * reconnects by itself, and the hub goes on from there; after that a number that skips means that
 * something was missed, and then everything on the page is read again. */
import type { Change } from "../api/client.ts";

export interface Touched {
  all: boolean;
  sites: Set<string>;
}

export type Step = "next" | "seen" | "gap";

export function stepOf(last: number | null, seq: number): Step {
  if (last === null || seq === last + 1) return "next";
  return seq <= last ? "seen" : "gap";
}

/* Logins and people are in the log too; nothing that is on these pages shows them. */
const elsewhere = ["login", "user", "provider"];

export function touch(touched: Touched, change: Change): void {
  if (change.site_id) touched.sites.add(change.site_id);
  else if (!elsewhere.includes(change.object.kind) || change.verb === "provider_rules_set")
    touched.all = true;
}

export function parseChange(data: string): Change | null {
  try {
    const value = JSON.parse(data) as Change;
    return Number.isInteger(value.seq) && typeof value.object?.kind === "string" ? value : null;
  } catch {
    return null;
  }
}

/* How long to gather changes before reading again: one request a second for one page of a list,
 * rarer when much is loaded, so that a scrolled list of 10,000 does not load the hub. */
export function pauseMs(pages: number): number {
  return Math.min(15_000, 1000 + 500 * Math.max(0, pages - 1));
}
