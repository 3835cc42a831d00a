import { expect, test } from "vitest";
import { mayReadAnew } from "./lost.ts";

test("a page is read anew for a lost part, and not again and again", () => {
  expect(mayReadAnew(null, 1_000_000)).toBe(true);
  expect(mayReadAnew("999000", 1_000_000)).toBe(false);
  expect(mayReadAnew("900000", 1_000_000)).toBe(true);
  expect(mayReadAnew("nonsense", 1_000_000)).toBe(true);
});
