/* What was last typed as a reason: in this browser only, so that the next visit to the same ticket need not be typed again, and for
 * nobody but the user who typed it. */
import { typist } from "../../ui/draft.ts";

const stored = "imprimatur.reasons";
const most = 6;

/* The reasons with this one first. */
export function withReason(reasons: readonly string[], reason: string): string[] {
  const text = reason.trim();
  if (!text) return [...reasons];
  return [text, ...reasons.filter((r) => r !== text)].slice(0, most);
}

export function lastReasons(): string[] {
  try {
    const { by, reasons } = JSON.parse(localStorage.getItem(stored) ?? "{}") as { by?: unknown; reasons?: unknown };
    if (by !== typist() || !Array.isArray(reasons)) return [];
    return reasons.filter((r) => typeof r === "string").slice(0, most);
  } catch {
    return [];
  }
}

export function rememberReason(reason: string): void {
  try {
    localStorage.setItem(stored, JSON.stringify({ by: typist(), reasons: withReason(lastReasons(), reason) }));
  } catch {
    /* No room: it is typed again. */
  }
}
