import { expect, test } from "vitest";
import { prepare, runs } from "./points.ts";

const step = 60_000;
const at = (n: number) => n * step;

test("a null breaks the line and is a gap", () => {
  const p = prepare([[at(0), 1], [at(1), null], [at(2), null], [at(3), 2]], step, 0, at(4));
  expect(p.y).toEqual([1, null, 2]);
  expect(p.gaps).toEqual([[at(1), at(3)]]);
});

test("a pause without nulls is a gap too", () => {
  const p = prepare([[at(0), 1], [at(10), 1]], step, 0, at(11));
  expect(p.y).toEqual([1, null, 1]);
});

test("a sample that is a little late is no gap", () => {
  const p = prepare([[at(0), 1], [at(1) + 20_000, 1]], step, 0, at(2));
  expect(p.gaps).toEqual([]);
});

test("what lies before the first and after the last value is not known", () => {
  const p = prepare([[at(5), 3]], step, 0, at(10));
  expect(p.gaps).toEqual([[0, at(5)], [at(6), at(10)]]);
  expect(p.last).toEqual({ at: at(5), value: 3 });
});

test("an empty series is one gap and has no last value", () => {
  const p = prepare([], step, 0, at(10));
  expect(p.gaps).toEqual([[0, at(10)]]);
  expect(p.last).toBeNull();
});

test("zero is a value", () => {
  expect(prepare([[at(0), 0]], step, 0, at(1)).last).toEqual({ at: 0, value: 0 });
});

test("the list has one row for each stretch, the newest first", () => {
  const list = runs([[at(0), 1], [at(1), 1], [at(2), 4], [at(8), 4]], step, 0, at(9));
  expect(list).toEqual([
    { from: at(8), to: at(9), value: 4 },
    { from: at(3), to: at(8), value: null },
    { from: at(2), to: at(3), value: 4 },
    { from: at(0), to: at(2), value: 1 },
  ]);
});
