/* When this browser looked at a site before: for "what changed since".
 *
 * A visit goes on while one comes back within half an hour, so that a reload does not hide what was
 * new a moment ago.  Kept in this browser only. */
const sameVisitMs = 30 * 60_000;
const most = 500;
const stored = "imprimatur.visits";

export interface Visit {
  seen: number;
  before: number | null;
}
export type Visits = Record<string, Visit>;

/* The visits with this one noted. */
export function noted(visits: Visits, id: string, now: number): Visits {
  const last = visits[id];
  const goesOn = last && now - last.seen < sameVisitMs;
  const visit = { seen: now, before: goesOn ? last.before : (last?.seen ?? null) };
  const newest = Object.entries({ ...visits, [id]: visit })
    .sort(([, a], [, b]) => b.seen - a.seen)
    .slice(0, most);
  return Object.fromEntries(newest);
}

function read(): Visits {
  try {
    return JSON.parse(localStorage.getItem(stored) ?? "{}") as Visits;
  } catch {
    return {};
  }
}

/* Notes that the site is looked at now; when it was before this visit, null if it was not. */
export function lastVisit(id: string, now: number): number | null {
  const visits = noted(read(), id, now);
  localStorage.setItem(stored, JSON.stringify(visits));
  return visits[id]!.before;
}
