import { expect, test } from "vitest";
import { withReason } from "./reasons.ts";

test("the last reason is first, and each stands once", () => {
  expect(withReason(["a", "b"], " b ")).toEqual(["b", "a"]);
  expect(withReason(["a"], "   ")).toEqual(["a"]);
  expect(withReason(["1", "2", "3", "4", "5", "6"], "7")).toEqual(["7", "1", "2", "3", "4", "5"]);
});
