import { expect, test } from "vitest";
import { keepPlace, sameOrder } from "./steady.ts";

const row = (id: string, says = "") => ({ id, says });

test("rows say what is new and stay where they are", () => {
  const shown = [row("a"), row("b"), row("c")];
  const now = [row("c", "new"), row("a"), row("b")];
  expect(keepPlace(shown, now)).toEqual([row("a"), row("b"), row("c", "new")]);
  expect(sameOrder(keepPlace(shown, now), now)).toBe(false);
});

test("a row that is gone keeps its place, one that came stands at the end", () => {
  expect(keepPlace([row("a", "old"), row("b")], [row("x"), row("b")])).toEqual([
    row("a", "old"),
    row("b"),
    row("x"),
  ]);
  expect(sameOrder([row("a")], [row("a"), row("b")])).toBe(false);
  expect(sameOrder([row("a"), row("b")], [row("a", "other"), row("b")])).toBe(true);
});
