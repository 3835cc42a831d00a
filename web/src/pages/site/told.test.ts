import { expect, test } from "vitest";
import type { Device, Site } from "../../api/client.ts";
import { counted, dayByDevice, nothingBecause, shareOf, usageSeries } from "./told.ts";

const site = (part: Partial<Site>) => part as Site;
const connector = {} as Site["connector"];

test("why there is nothing is said by what is known", () => {
  expect(nothingBecause(site({ status: "monitoring_off", connector }))).toBe("off");
  expect(nothingBecause(site({ status: "never_connected", connector: null }))).toBe("never");
  expect(nothingBecause(site({ status: "ok", connector, health: null, server: null }))).toBe("yet");
  const health = {} as Site["health"];
  expect(nothingBecause(site({ status: "ok", connector, health, server: null }))).toBe("not_told");
});

test("R36 how many are up is unknown where one of total and down is", () => {
  expect(counted({ total: 3, down: 1 })).toEqual({ total: 3, up: 2, down: 1 });
  expect(counted({ total: 3, down: null }).up).toBeNull();
  expect(counted({ total: null, down: 0 }).up).toBeNull();
  expect(counted({ total: 1, down: 2 }).up).toBe(0);
});

test("R38 no share is made up where seats are unknown", () => {
  expect(shareOf(50, 100)).toBe(0.5);
  expect(shareOf(null, 100)).toBeNull();
  expect(shareOf(50, null)).toBeNull();
  expect(shareOf(0, 0)).toBeNull();
});

const day = { from: "2026-11-25T00:00:00.000Z", to: "2026-11-26T00:00:00.000Z", pages: 100, jobs: 10 };
const device = (id: string, usage: Device["usage"]) => ({ id, usage }) as Device;

test("R39 the day's devices come by their pages, and the rest is what they leave of it", () => {
  const a = device("a", { ...day, pages: 20, jobs: 2 });
  const b = device("b", { ...day, pages: 70, jobs: 6 });
  const made = dayByDevice(day, [a, device("c", null), b]);
  expect(made.devices.map((d) => d.id)).toEqual(["b", "a"]);
  expect(made.rest).toEqual({ pages: 10, jobs: 2 });
});

test("R39 another day is not mixed in, and an unknown part leaves the rest unknown", () => {
  const old = device("a", { ...day, from: "2026-11-24T00:00:00.000Z", pages: 20, jobs: 2 });
  const half = device("b", { ...day, pages: 20, jobs: null });
  const made = dayByDevice(day, [old, half]);
  expect(made.devices.map((d) => d.id)).toEqual(["b"]);
  expect(made.rest).toEqual({ pages: 80, jobs: null });
});

test("only what is printed is charted there", () => {
  expect(usageSeries(["disk_used_percent", "held_jobs", "pages_hour"])).toEqual(["pages_hour", "held_jobs"]);
});
