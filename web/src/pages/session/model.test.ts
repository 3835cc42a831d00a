import { expect, test } from "vitest";
import { byCustomer, endsSoon, hindrance, lastedMs, stepsOf, warnMs } from "./model.ts";

type Place = Parameters<typeof hindrance>[0];
const site = (more: object = {}): Place =>
  ({ status: "ok", permissions: { monitoring: "on", console: "ask", mfp: "off" }, ...more }) as Place;

test("what hinders opening is the customer's hand before anything that is out of order", () => {
  expect(hindrance(site(), "console", true)).toBeNull();
  expect(hindrance(site(), "tgt_1", true)).toBe("mfp_off");
  expect(hindrance(site({ status: "offline" }), "console", true)).toBe("offline");
  expect(hindrance(site({ status: "offline" }), "tgt_1", true)).toBe("mfp_off");
  expect(hindrance(site({ status: "monitoring_off" }), "console", true)).toBeNull();
  expect(hindrance(site({ status: "revoked" }), "console", true)).toBe("revoked");
  expect(hindrance(site({ archived_at: "2026-01-01T00:00:00.000Z" }), "console", true)).toBe("archived");
  expect(hindrance(site(), "console", false)).toBe("sessions_off");
});

test("only what the customer decided is the customer's hand", () => {
  expect(["console_off", "mfp_off"].every((why) => byCustomer(why as "mfp_off"))).toBe(true);
  expect([null, "offline", "never_connected", "revoked", "archived", "sessions_off"].some((why) => byCustomer(why as "offline"))).toBe(false);
});

test("a stage is done, waited for, or where it ended", () => {
  const of = (state: string, why: string | null, asks: boolean, opened_at: string | null = null) =>
    Object.values(stepsOf({ state, why, opened_at } as never, asks)).join(" ");
  expect(of("requested", null, true)).toBe("now next next next");
  expect(of("requested", null, false)).toBe("done done now next");
  expect(of("waiting_for_approval", null, true)).toBe("done now next next");
  expect(of("open", null, true)).toBe("done done done done");
  expect(of("refused", "customer", true)).toBe("done failed next next");
  expect(of("refused", "too_many", true)).toBe("failed next next next");
  expect(of("refused", "a word of later", true)).toBe("failed next next next");
  expect(of("ended", "customer", true, "2026-11-27T09:00:00.000Z")).toBe("done done done failed");
});

test("a visit lasts from when it opened, not from when it was asked for", () => {
  const at = "2026-11-27T09:00:00.000Z";
  const now = Date.parse("2026-11-27T09:10:00.000Z");
  expect(lastedMs({ opened_at: null, ended_at: at }, now)).toBeNull();
  expect(lastedMs({ opened_at: at, ended_at: null }, now)).toBe(600_000);
  expect(lastedMs({ opened_at: at, ended_at: "2026-11-27T09:01:00.000Z" }, now)).toBe(60_000);
});

test("that it ends soon is said five minutes before", () => {
  const ends_at = "2026-11-27T09:10:00.000Z";
  const end = Date.parse(ends_at);
  expect(endsSoon({ state: "open", ends_at } as never, end - warnMs - 1)).toBe(false);
  expect(endsSoon({ state: "open", ends_at } as never, end - warnMs + 1)).toBe(true);
  expect(endsSoon({ state: "ended", ends_at } as never, end)).toBe(false);
});
