/* The order of rows that are here.  The hub sorts too, because only it has all rows; sorting what
 * is loaded by the same rule puts a row that has just changed where it belongs at once. */
import type { CustomerRow, Device, LicenceRow, SiteRow } from "../api/client.ts";
import { statuses, type CustomerSort, type DeviceSort, type LicenceSort, type SiteSort, type Sort, type Status } from "./search.ts";

type Compare<T> = (a: T, b: T) => number;

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function rank(status: string): number {
  const at = statuses.indexOf(status as Status);
  return at < 0 ? 0 : at;
}

/* Null is "unknown": last, whichever way round. */
function known<T>(get: (row: T) => string | number | null | undefined, down: boolean): Compare<T> {
  const sign = down ? -1 : 1;
  return (a, b) => {
    const x = get(a) ?? null;
    const y = get(b) ?? null;
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * names.compare(String(x), String(y));
  };
}

function chain<T>(...steps: Compare<T>[]): Compare<T> {
  return (a, b) => {
    for (const step of steps) {
      const order = step(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function siteName(down: boolean): Compare<SiteRow> {
  return chain(
    known((s) => s.customer.name, down),
    known((s) => s.name, down),
    known((s) => s.id, down),
  );
}

export function siteOrder({ by, down }: Sort<SiteSort>): Compare<SiteRow> {
  switch (by) {
    case "attention":
      return chain(
        known((s) => rank(s.status), down),
        siteName(down),
      );
    case "customer":
      return siteName(down);
    case "version":
      return chain(
        known((s) => s.server?.version, down),
        siteName(false),
      );
    case "devices":
      return chain(
        known((s) => s.devices.total, down),
        siteName(false),
      );
    case "last_seen":
      return chain(
        known((s) => s.last_seen, down),
        siteName(false),
      );
  }
}

export function customerOrder({ by, down }: Sort<CustomerSort>): Compare<CustomerRow> {
  const name = (turned: boolean) =>
    chain<CustomerRow>(
      known((c) => c.name, turned),
      known((c) => c.id, turned),
    );
  if (by === "name") return name(down);
  const of = (c: CustomerRow) => (by === "sites" ? c.sites : c.status ? rank(c.status) : statuses.length);
  return chain(known(of, down), name(down));
}

function siteOf(down: boolean): Compare<LicenceRow> {
  return chain(
    known((s) => s.customer.name, down),
    known((s) => s.name, down),
    known((s) => s.id, down),
  );
}

/* The day of an end, as the hub counts them. */
const dayOf = (end: { at: string } | null | undefined) => end && Math.floor(Date.parse(end.at) / 86_400_000);

/* Of what is not valid nobody says since when: it comes first. */
function nearest({ licence }: LicenceRow): number | null {
  if (licence?.valid === false) return -Infinity;
  const ends = [dayOf(licence?.support_end), dayOf(licence?.licence_end)].filter((d) => typeof d === "number");
  return ends.length > 0 ? Math.min(...ends) : null;
}

export function licenceOrder({ by, down }: Sort<LicenceSort>): Compare<LicenceRow> {
  const get: Record<Exclude<LicenceSort, "customer">, (row: LicenceRow) => string | number | null | undefined> = {
    renewal: nearest,
    organisation: (row) => row.licence?.organisation?.value,
    customer_reference: (row) => row.licence?.customer_reference?.value,
    version: (row) => row.server?.version,
    support_end: (row) => dayOf(row.licence?.support_end),
    licence_end: (row) => dayOf(row.licence?.licence_end),
  };
  return by === "customer" ? siteOf(down) : chain(known(get[by], down), siteOf(down));
}

const deviceRanks = ["error", "stopped", "offline", "unknown", "processing", "idle"];

export function deviceOrder({ by, down }: Sort<DeviceSort>): Compare<Device> {
  const label = chain<Device>(
    known((d) => d.label, by === "label" && down),
    known((d) => d.id, false),
  );
  if (by === "label") return label;
  if (by === "since")
    return chain(
      known((d) => d.since, down),
      label,
    );
  return chain(
    known((d) => deviceRanks.indexOf(d.state), down),
    known((d) => -d.reasons.filter((r) => r !== "none").length, down),
    label,
  );
}

/* Rows of several pages, each once: a row that moved between two reads may be in two pages. */
export function merged<T extends { id: string }>(pages: readonly { items: T[] }[]): T[] {
  const rows = new Map<string, T>();
  for (const page of pages) for (const row of page.items) rows.set(row.id, row);
  return [...rows.values()];
}
