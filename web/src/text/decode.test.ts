import { expect, test } from "vitest";
import { tableText, utf8 } from "./decode.ts";

const bytes = (...octets: number[]) => new Uint8Array(octets).buffer;
const text = (s: string) => new TextEncoder().encode(s).buffer as ArrayBuffer;

test("a file in another charset is refused, not read wrongly", () => {
  expect(utf8(bytes(0x4d, 0xfc, 0x6c))).toBeUndefined();
  expect(utf8(bytes(0xff, 0xfe, 0x41, 0x00))).toBeUndefined();
  expect(utf8(text("Müller"))).toBe("Müller");
});

test("a table is read as spreadsheets save it", () => {
  expect(tableText(text("Büro 2. OG"))).toBe("Büro 2. OG");
  expect(tableText(bytes(0x42, 0xfc, 0x72, 0x6f))).toBe("Büro");
  expect(tableText(bytes(0xff, 0xfe, 0x42, 0x00, 0xfc, 0x00))).toBe("Bü");
  expect(tableText(bytes(0xfe, 0xff, 0x00, 0x42, 0x00, 0xfc))).toBe("Bü");
});
