/* A series made ready to be drawn, read and listed.  Pure.
 *
 * The rule: nothing is drawn for what is not known.  A null, or a pause longer than the step, is a
 * gap; a gap is never bridged, never zero. */
export type Point = readonly (number | null)[];

export interface Prepared {
  /* As uPlot wants it: times in seconds, null where the line has to break. */
  x: number[];
  y: (number | null)[];
  gaps: [number, number][];
  last: { at: number; value: number } | null;
}

/* A late sample is late, not lost. */
const slack = 1.5;

export function prepare(
  points: readonly Point[],
  stepMs: number,
  from: number,
  to: number,
): Prepared {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const gaps: [number, number][] = [];
  const reach = Math.max(1, stepMs * slack);
  let known = from;
  let last: Prepared["last"] = null;
  const gap = (a: number, b: number) => {
    x.push(a / 1000);
    y.push(null);
    gaps.push([a, b]);
  };

  for (const [at, value] of points) {
    if (at == null || value == null) continue;
    if (at - known > reach) gap(known, at);
    x.push(at / 1000);
    y.push(value);
    last = { at, value };
    known = at + stepMs;
  }
  if (to - known > reach) gap(known, to);
  return { x, y, gaps, last };
}

export interface Run {
  from: number;
  to: number;
  value: number | null;
}

/* The same as a list: one row for each stretch of one value or of none, the newest first. */
export function runs(points: readonly Point[], stepMs: number, from: number, to: number): Run[] {
  const list: Run[] = [];
  const add = (run: Run) => {
    const before = list.at(-1);
    if (before && before.value === run.value) before.to = run.to;
    else list.push(run);
  };
  let known = from;

  for (const [at, value] of points) {
    if (at == null || value == null) continue;
    if (at - known > stepMs * slack) add({ from: known, to: at, value: null });
    const before = list.at(-1);
    if (before && before.value !== null) before.to = at;
    add({ from: at, to: Math.min(to, at + stepMs), value });
    known = at + stepMs;
  }
  if (to - known > stepMs * slack) add({ from: known, to, value: null });
  return list.reverse();
}
