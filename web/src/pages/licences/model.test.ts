import { expect, test } from "vitest";
import type { Licence, LicenceRow } from "../../api/client.ts";
import { textIn } from "../../text/i18n.ts";
import { besides, countOf, groups, licencesCsv, renewalOf } from "./model.ts";

const end = (days: number, origin = "server") =>
  ({ at: "2027-01-31T00:00:00.000Z", days, origin }) as NonNullable<Licence["support_end"]>;
const none: Licence = {
  read_at: null,
  valid: null,
  support_days: null,
  support_ends_at: null,
  licence_days: null,
  origin: null,
  seats: [],
  organisation: null,
  customer_reference: null,
  support_end: null,
  licence_end: null,
  provider: null,
};

test("what nobody tells is unknown, neither zero nor ended", () => {
  expect(renewalOf(null)).toBe("unknown");
  expect(renewalOf(none)).toBe("unknown");
  expect(renewalOf({ ...none, valid: true })).toBe("unknown");
});

test("the nearer end counts, and what is not valid has ended", () => {
  expect(renewalOf({ ...none, support_end: end(200), licence_end: end(30) })).toBe("within_30");
  expect(renewalOf({ ...none, support_end: end(31) })).toBe("within_60");
  expect(renewalOf({ ...none, support_end: end(90), licence_end: end(400) })).toBe("within_90");
  expect(renewalOf({ ...none, support_end: end(91) })).toBe("later");
  expect(renewalOf({ ...none, support_end: end(-1) })).toBe("ended");
  expect(renewalOf({ ...none, valid: false, support_end: end(91) })).toBe("ended");
});

test("within 60 days counts those within 30, too", () => {
  const counts = { ended: 1, within_30: 2, within_60: 3, within_90: 4, later: 5, unknown: 6 };
  expect(groups.map(([, words]) => countOf(counts, words))).toEqual([1, 2, 5, 9, 5, 6]);
});

test("what the provider wrote is shown beside a word that counts more, if it is another", () => {
  expect(besides({ origin: "server" }, "2027-01-31", "2027-02-28")).toBe("2027-02-28");
  expect(besides({ origin: "customer" }, "A", "A")).toBeNull();
  expect(besides({ origin: "provider" }, "A", "A")).toBeNull();
  expect(besides(null, "", "A")).toBeNull();
});

test("the file holds each value with its origin, the word for what is unknown, and numbers as numbers", async () => {
  const text = await textIn("en");
  const row: LicenceRow = {
    id: "site_1",
    name: "main",
    customer: { id: "cust_1", name: "=Works", archived_at: null },
    archived_at: null,
    status: "ok",
    server: { product: "PaperCut MF", version: "22.0.4" },
    licence: {
      ...none,
      valid: true,
      support_end: end(-3),
      seats: [{ kind: "users", used: 10, licensed: null }],
      organisation: { value: "Works Ltd", origin: "provider" },
    },
  };
  const [head, line] = licencesCsv(text, [row]);
  const at = (name: string) => line![head!.indexOf(name)];
  expect(line).toHaveLength(head!.length);
  expect(at("Customer")).toBe("=Works");
  expect(at("Organisation")).toBe("Works Ltd");
  expect(line![head!.indexOf("Organisation") + 1]).toBe("stated by the provider");
  expect(at("Customer reference (CRN)")).toBe("unknown");
  expect(at("Days left")).toBe(-3);
  expect(at("Licence ends")).toBe("unknown");
  expect(at("Users: In use")).toBe(10);
  expect(at("Users: Licensed")).toBe("unknown");
});
