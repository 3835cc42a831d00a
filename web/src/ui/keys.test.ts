import { expect, test } from "vitest";
import { Matcher } from "./keys.ts";

const known = (k: string) => ["/", "j", "g s"].includes(k);

test("a single key is taken at once", () => {
  const m = new Matcher();
  expect(m.match("j", 0, known)).toBe("j");
  expect(m.match("/", 1, known)).toBe("/");
});

test("a sequence is taken within a second, and not after", () => {
  const m = new Matcher();
  expect(m.match("g", 0, known)).toBe("");
  expect(m.match("s", 900, known)).toBe("g s");
  expect(m.match("g", 2000, known)).toBe("");
  expect(m.match("s", 3001, known)).toBe("");
});

test("a begun sequence does not swallow the key that follows", () => {
  const m = new Matcher();
  m.match("g", 0, known);
  expect(m.match("j", 10, known)).toBe("j");
});
