import { expect, test } from "vitest";
import { readCode } from "./code.ts";

/* Made by src/wire/code.c. */
const code = "DE-04HM-ASW9-NF6Y-Y4HM-WQ";

test("R7 a code that the hub made is read, whatever its case, blanks and dashes", () => {
  expect(readCode(code)).toBe(code);
  expect(readCode(code.toLowerCase().replaceAll("-", " "))).toBe(code);
  expect(readCode(code.replaceAll("-", ""))).toBe(code);
});

test("R7 every single mistyped character, and every two exchanged, are found", () => {
  const plain = code.replaceAll("-", "");
  for (let i = 0; i < plain.length; i++) {
    const other = [...(i < 2 ? "ABCDEF" : "0123456789XYZ")].filter((c) => c !== plain[i]);
    for (const c of other) expect(readCode(plain.slice(0, i) + c + plain.slice(i + 1))).toBeNull();
    const [a, b] = [plain[i], plain[i + 1]];
    if (b && a !== b)
      expect(readCode(plain.slice(0, i) + b + a + plain.slice(i + 2))).toBeNull();
  }
});

test("what is no code at all is none", () => {
  for (const text of ["", "DE", "DE-1234", "%%%", "A".repeat(40)]) expect(readCode(text)).toBeNull();
});
