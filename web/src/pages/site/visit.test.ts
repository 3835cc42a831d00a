import { expect, test } from "vitest";
import { noted, type Visits } from "./visit.ts";

const minute = 60_000;

test("the first visit has none before it", () => {
  expect(noted({}, "a", 5).a).toEqual({ seen: 5, before: null });
});

test("a reload belongs to the same visit", () => {
  let visits: Visits = { a: { seen: 0, before: null } };
  visits = noted(visits, "a", 100 * minute);
  expect(visits.a).toEqual({ seen: 100 * minute, before: 0 });
  visits = noted(visits, "a", 110 * minute);
  expect(visits.a).toEqual({ seen: 110 * minute, before: 0 });
  expect(noted(visits, "a", 200 * minute).a!.before).toBe(110 * minute);
});

test("what is kept in the browser stays bounded", () => {
  let visits: Visits = {};
  for (let n = 0; n < 600; n++) visits = noted(visits, `s${n}`, n);
  expect(Object.keys(visits)).toHaveLength(500);
  expect(visits.s599).toBeDefined();
  expect(visits.s0).toBeUndefined();
});
