import { expect, test } from "vitest";
import type { Reason } from "../api/client.ts";
import { decider, valueOf } from "./reason.ts";

const reason = (code: string, value: number | null): Reason => ({
  code, component: null, value, threshold: null, since: "2026-11-23T09:00:00.000Z",
});
const noon = Date.parse("2026-11-23T12:00:00.000Z");

test("how long somebody has been silent is counted until now, not until it was found", () => {
  expect(valueOf(reason("silent", null), noon)).toBe(3 * 3600);
  expect(valueOf(reason("silent", 90), noon + 1000)).toBe(3 * 3600 + 1);
});

test("what was measured stays as it was measured", () => {
  expect(valueOf(reason("disk_low", 91.4), noon)).toBe(91.4);
  expect(valueOf(reason("unreachable", null), noon)).toBeNull();
});

test("what the site tells is not called a rule of the hub", () => {
  expect(decider("unreachable")).toBe("site");
  expect(decider("disk_low")).toBe("rule");
  expect(decider("monitoring_off")).toBe("customer");
  expect(decider("revoked")).toBe("provider");
});
