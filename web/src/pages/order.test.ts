import { expect, test } from "vitest";
import type { Device, SiteRow } from "../api/client.ts";
import { deviceOrder, merged, siteOrder } from "./order.ts";
import { statuses } from "./search.ts";

function site(id: string, status: string, customer = "A", more: Partial<SiteRow> = {}): SiteRow {
  return {
    id,
    name: "main",
    customer: { id: "c", name: customer, archived_at: null },
    archived_at: null,
    status: status as SiteRow["status"],
    reasons: [],
    last_seen: null,
    server: null,
    permissions: null,
    devices: { total: 0, in_error: 0 },
    invitation: null,
    ...more,
  };
}

const ids = (rows: { id: string }[]) => rows.map((r) => r.id).join("");

test("what needs somebody comes first, off by the customer after what may be a fault", () => {
  const rows = [...statuses].reverse().map((s) => site(s, s));
  const sorted = rows.sort(siteOrder({ by: "attention", down: false })).map((r) => r.status);
  expect(sorted).toEqual(["error", "warning", "offline", "never_connected", "revoked", "monitoring_off", "ok"]);
});

test("a status that this page does not know yet is first, not hidden at the end", () => {
  const rows = [site("a", "ok"), site("b", "new_kind_of_trouble")];
  expect(ids(rows.sort(siteOrder({ by: "attention", down: false })))).toBe("ba");
});

test("within one status by customer, numbers by their value, case aside", () => {
  const rows = [site("1", "ok", "Lab 10"), site("2", "ok", "lab 9"), site("3", "ok", "Äsch")];
  expect(ids(rows.sort(siteOrder({ by: "attention", down: false })))).toBe("321");
});

test("unknown is last both ways", () => {
  const at = (id: string, last_seen: string | null) => site(id, "ok", "A", { last_seen });
  const rows = [at("a", null), at("b", "2026-11-23T10:00:00.000Z"), at("c", "2026-11-23T09:00:00.000Z")];
  expect(ids([...rows].sort(siteOrder({ by: "last_seen", down: false })))).toBe("cba");
  expect(ids([...rows].sort(siteOrder({ by: "last_seen", down: true })))).toBe("bca");
});

test("versions sort as numbers", () => {
  const v = (id: string, version: string) => site(id, "ok", "A", { server: { product: "P", version } });
  const rows = [v("a", "22.0.10"), v("b", "22.0.9"), v("c", "9.1.0")];
  expect(ids(rows.sort(siteOrder({ by: "version", down: false })))).toBe("cba");
});

test("devices in error come first, then those with something to say", () => {
  const device = (id: string, state: string, reasons: string[] = []): Device =>
    ({ id, label: id, state, reasons, accepting_jobs: true, since: null }) as Device;
  const rows = [device("a", "idle"), device("b", "idle", ["toner-low"]), device("c", "error"), device("d", "stopped")];
  expect(ids(rows.sort(deviceOrder({ by: "attention", down: false })))).toBe("cdba");
  expect(ids(rows.sort(deviceOrder({ by: "label", down: true })))).toBe("dcba");
});

test("a row in two pages is there once, as last read", () => {
  const rows = merged([{ items: [site("a", "ok"), site("b", "ok")] }, { items: [site("b", "error")] }]);
  expect(rows.map((r) => r.status)).toEqual(["ok", "error"]);
});
