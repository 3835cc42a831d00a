import { expect, test } from "vitest";
import type { SiteRow } from "../../api/client.ts";
import { textIn } from "../../text/i18n.ts";
import { sitesCsv } from "./csv.ts";

const now = Date.parse("2026-11-28T08:00:00Z");
const row: SiteRow = {
  id: "site_1",
  name: "main",
  customer: { id: "cust_1", name: "=Works", archived_at: null },
  archived_at: null,
  status: "error",
  reasons: ["disk_full", "licence_invalid"].map((code) => ({
    code,
    component: null,
    value: null,
    threshold: null,
    since: null,
    rule: null,
    unit: null,
    severity: "error",
    origin: "default",
    detail: null,
  })),
  last_seen: "2026-11-28T07:59:00.000Z",
  server: { product: "PaperCut MF", version: "22.0.4" },
  permissions: { monitoring: "on", console: "ask", mfp: "off" },
  devices: { total: 12, in_error: 2 },
  invitation: null,
};

test("a site is one line, with words for what is a word on the page, and all its reasons", async () => {
  const text = await textIn("en");
  const [head, line] = sitesCsv(text, [row], now);
  expect(line).toHaveLength(head!.length);
  expect([line![0], line![1], line![2]]).toEqual(["=Works", "main", "Error"]);
  expect(String(line![3]).split("; ")).toHaveLength(2);
  expect(line!.slice(4)).toEqual(["PaperCut MF", "22.0.4", "on", "asks", "off", 12, 2, "2026-11-28T07:59:00.000Z"]);
});

test("what is not known says so", async () => {
  const text = await textIn("en");
  const [, line] = sitesCsv(text, [{ ...row, reasons: [], status: "never_connected", server: null, permissions: null, last_seen: null }], now);
  expect(line!.slice(2)).toEqual(["Never connected", "", "unknown", "unknown", "unknown", "unknown", "unknown", 12, 2, "never"]);
});
