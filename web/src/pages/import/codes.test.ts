import { expect, test } from "vitest";
import { codesCsv, utf8 } from "./codes.ts";

test("only rows with a code are in the file, with the link that leads to it", () => {
  const row = { customer: "A", site: "S", language: "de", mail_to: null };
  const text = codesCsv(
    [
      { ...row, invitation: { code: "DE-1", expires_at: "2026-12-01T00:00:00.000Z" } },
      { ...row, invitation: null },
    ],
    "https://hub.example.test",
  );
  expect(text.split("\r\n")).toEqual([
    "\ufeffcustomer,site,language,mail_to,code,good_until,link",
    "A,S,de,,DE-1,2026-12-01T00:00:00.000Z,https://hub.example.test/install#DE-1",
    "",
  ]);
});

test("a file in another charset is refused, not read wrongly", () => {
  expect(utf8(new Uint8Array([0x4d, 0xfc, 0x6c]).buffer)).toBeUndefined();
  expect(utf8(new Uint8Array([0xff, 0xfe, 0x41, 0x00]).buffer)).toBeUndefined();
  expect(utf8(new TextEncoder().encode("Müller").buffer as ArrayBuffer)).toBe("Müller");
});
