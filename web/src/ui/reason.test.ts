import { expect, test } from "vitest";
import type { Reason } from "../api/client.ts";
import { decider, valueOf } from "./reason.ts";

const reason = (code: string, value: number | null, more: Partial<Reason> = {}): Reason => ({
  code, component: null, value, threshold: null, since: "2026-11-23T09:00:00.000Z", rule: code, unit: null,
  severity: "warning", origin: "default", detail: null, ...more,
});
const noon = Date.parse("2026-11-23T12:00:00.000Z");

test("how long somebody has been silent is counted until now, not until it was found", () => {
  expect(valueOf(reason("silent", null, { unit: "seconds" }), noon)).toBe(3 * 3600);
  expect(valueOf(reason("silent", null, { unit: "seconds" }), noon + 1000)).toBe(3 * 3600 + 1);
});

test("what was measured stays as it was measured", () => {
  expect(valueOf(reason("disk_low", 91.4), noon)).toBe(91.4);
  expect(valueOf(reason("clock_skew", 90, { unit: "seconds" }), noon)).toBe(90);
  expect(valueOf(reason("unreachable", null), noon)).toBeNull();
});

test("a reason is decided by whoever set its rule, and what a person did by that person", () => {
  expect(decider(reason("disk_low", 91))).toBe("default");
  expect(decider(reason("disk_low", 91, { origin: "site" }))).toBe("site");
  expect(decider(reason("disk_low", 91, { origin: "provider" }))).toBe("provider");
  expect(decider(reason("monitoring_off", null, { rule: null, origin: null }))).toBe("customer");
  expect(decider(reason("revoked", null, { rule: null, origin: null }))).toBe("decision");
});
