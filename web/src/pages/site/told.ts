/* What a site has told, made ready to be shown.  What is not known stays null, never 0. */
import type { Device, Site } from "../../api/client.ts";

/* Why there is nothing to show. */
export type Nothing = "off" | "never" | "yet" | "not_told";

/* `told`: the site has reported, so that what is missing is not told by its server or version. */
export function nothingBecause(site: Site): Nothing {
  if (site.status === "monitoring_off") return "off";
  if (!site.connector) return "never";
  return site.health || site.server ? "not_told" : "yet";
}

export interface Counted {
  total: number | null;
  up: number | null;
  down: number | null;
}

/* How many of a kind are up: known only if both of the others are. */
export function counted({ total, down }: { total: number | null; down: number | null }): Counted {
  const up = total === null || down === null ? null : Math.max(0, total - down);
  return { total, up, down };
}

/* Of `used` and `licensed`, as a share; null where one is unknown or nothing is licensed. */
export function shareOf(used: number | null, licensed: number | null): number | null {
  return used === null || licensed === null || licensed <= 0 ? null : used / licensed;
}

type Day = NonNullable<NonNullable<Site["usage"]>["day"]>;
type Used = Device & { usage: NonNullable<Device["usage"]> };

export interface DayByDevice {
  devices: Used[];
  /* What the day counts beyond these: devices below the floor, as one sum. */
  rest: { pages: number | null; jobs: number | null };
}

/* The day's devices, those with most pages first.  What a device told of another day is not mixed
 * into this one. */
export function dayByDevice(day: Day, all: readonly Device[]): DayByDevice {
  const devices = all
    .filter((d): d is Used => d.usage !== null && d.usage.from === day.from && d.usage.to === day.to)
    .sort((a, b) => (b.usage.pages ?? 0) - (a.usage.pages ?? 0) || a.id.localeCompare(b.id));
  const left = (what: "pages" | "jobs"): number | null => {
    let rest = day[what];
    for (const { usage } of devices) rest = rest === null || usage[what] === null ? null : rest - usage[what];
    return rest === null ? null : Math.max(0, rest);
  };
  return { devices, rest: { pages: left("pages"), jobs: left("jobs") } };
}

/* What charts on the tab Usage are about. */
const ofUsage = ["pages_hour", "pages_day", "errors_hour", "warnings_hour", "held_jobs"];

export function usageSeries(series: readonly string[]): string[] {
  return ofUsage.filter((name) => series.includes(name));
}
