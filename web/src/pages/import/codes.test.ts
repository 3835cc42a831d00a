import { expect, test } from "vitest";
import { codesCsv } from "./codes.ts";

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
