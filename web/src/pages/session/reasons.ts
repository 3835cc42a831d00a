/* What was last typed as a reason, and what is being typed: in this browser only, so that the next
 * visit to the same ticket need not be typed again. */
const stored = "imprimatur.reasons";
const draftKey = (site: string) => `imprimatur.reason.${site}`;
const most = 6;

/* The reasons with this one first. */
export function withReason(reasons: readonly string[], reason: string): string[] {
  const text = reason.trim();
  if (!text) return [...reasons];
  return [text, ...reasons.filter((r) => r !== text)].slice(0, most);
}

export function lastReasons(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(stored) ?? "[]");
    return Array.isArray(value) ? value.filter((r) => typeof r === "string").slice(0, most) : [];
  } catch {
    return [];
  }
}

export function rememberReason(reason: string): void {
  try {
    localStorage.setItem(stored, JSON.stringify(withReason(lastReasons(), reason)));
  } catch {
    /* No room: it is typed again. */
  }
}

export function keptReason(site: string): string {
  return sessionStorage.getItem(draftKey(site)) ?? "";
}

export function keepReason(site: string, reason: string): void {
  try {
    if (reason) sessionStorage.setItem(draftKey(site), reason);
    else sessionStorage.removeItem(draftKey(site));
  } catch {
    /* It is still on the screen. */
  }
}
