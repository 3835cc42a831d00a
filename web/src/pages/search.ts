/* What the address says, for each page.  The URL is the state: a copied link shows the same.
 *
 * Values are plain text (`?status=error,warning`), readable and writable by hand; what is not
 * known is dropped rather than refused, so that an old link still opens. */

/* By what needs somebody most; also the order of the hub's `attention`. */
export const statuses = [
  "error",
  "warning",
  "offline",
  "never_connected",
  "revoked",
  "monitoring_off",
  "ok",
] as const;
export type Status = (typeof statuses)[number];

/* What a technician has to act on; off by the customer is a decision, not a fault, and who is
 * silent is counted apart. */
export const attention: readonly Status[] = ["error", "warning"];

export const siteSorts = ["attention", "customer", "version", "devices", "last_seen"] as const;
export type SiteSort = (typeof siteSorts)[number];

export interface Sort<K extends string> {
  by: K;
  down: boolean;
}

/* What a site is asked for besides its status, as the hub calls it; each is one word or several
 * with a comma between. */
export const filters = ["monitoring", "console", "mfp", "product", "version", "rule", "customer"] as const;
export type Filter = (typeof filters)[number];

export interface SitesSearch extends Partial<Record<Filter, string>> {
  query?: string;
  status?: string;
  sort?: string;
}

export const customerSorts = ["name", "attention", "sites"] as const;
export type CustomerSort = (typeof customerSorts)[number];

export interface CustomersSearch {
  query?: string;
  sort?: string;
}

export const licenceSorts = [
  "renewal",
  "customer",
  "organisation",
  "customer_reference",
  "version",
  "support_end",
  "licence_end",
] as const;
export type LicenceSort = (typeof licenceSorts)[number];

/* How soon something has to be done about a licence, in the hub's words and order. */
export const renewals = ["ended", "within_30", "within_60", "within_90", "later", "unknown"] as const;
export type Renewal = (typeof renewals)[number];

export interface LicencesSearch {
  query?: string;
  renewal?: string;
  product?: string;
  customer?: string;
  sort?: string;
}

export interface CustomerSearch {
  edit?: "1";
  sort?: string;
}

export const tabs = [
  "health",
  "devices",
  "infrastructure",
  "licence",
  "usage",
  "sessions",
  "note",
  "changes",
  "connector",
  "rules",
] as const;
export type Tab = (typeof tabs)[number];
export const periods = ["1h", "24h", "7d", "30d", "365d"] as const;
export type Period = (typeof periods)[number];
export const usualPeriod: Period = "24h";
export const sinces = ["visit", "24h", "7d", "30d"] as const;
export type Since = (typeof sinces)[number];
export const deviceSorts = ["attention", "label", "since"] as const;
export type DeviceSort = (typeof deviceSorts)[number];

export interface SiteSearch {
  tab?: Tab;
  period?: Period;
  series?: string;
  view?: "table";
  since?: Since;
  why?: string;
  sort?: string;
  rule?: string;
  edit?: "1";
  /* What is about to be opened: "console" or a target's id. */
  open?: string;
  /* The session that is looked at. */
  session?: string;
}

export const sessionGroups = ["live", "waiting_for_approval", "open", "ended", "refused"] as const;
export type SessionGroup = (typeof sessionGroups)[number];

export interface SessionsSearch {
  state?: SessionGroup;
  site?: string;
}

export interface UsersSearch {
  /* For whom it is told; absent: for nobody but the provider. */
  customer?: string;
}

export interface RulesSearch {
  rule?: string;
}

export interface LoginSearch {
  to?: string;
  ended?: string;
}

type Raw = Record<string, unknown>;

export function parseSearch(text: string): Raw {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Raw): string {
  const pairs = Object.entries(search).filter(([, v]) => typeof v === "string" && v !== "");
  const text = new URLSearchParams(pairs as [string, string][]).toString();
  /* A comma and a slash need no escape in a query; links stay readable. */
  return text && `?${text.replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((k) => k === value);
}

export function parseStatuses(value: unknown): Status[] {
  const asked = typeof value === "string" ? value.split(",") : [];
  return statuses.filter((s) => asked.includes(s));
}

export function joinStatuses(chosen: readonly Status[]): string | undefined {
  return statuses.filter((s) => chosen.includes(s)).join(",") || undefined;
}

export function toggled(chosen: readonly Status[], status: Status): Status[] {
  return chosen.includes(status) ? chosen.filter((s) => s !== status) : [...chosen, status];
}

export function parseSort<K extends string>(known: readonly K[], value: unknown): Sort<K> {
  const text = typeof value === "string" ? value : "";
  const down = text.startsWith("-");
  const by = oneOf(known, down ? text.slice(1) : text);
  return by ? { by, down } : { by: known[0]!, down: false };
}

/* The first of the known is the default and stays out of the address. */
export function joinSort<K extends string>(known: readonly K[], sort: Sort<K>): string | undefined {
  if (sort.by === known[0] && !sort.down) return undefined;
  return (sort.down ? "-" : "") + sort.by;
}

export function nextSort<K extends string>(now: Sort<K>, by: K): Sort<K> {
  return { by, down: now.by === by && !now.down };
}

function words(value: unknown): string | undefined {
  return (typeof value === "string" && value.slice(0, 200)) || undefined;
}

export function sitesSearch(raw: Raw): SitesSearch {
  return {
    ...Object.fromEntries(filters.map((name) => [name, words(raw[name])])),
    query: words(raw["query"]),
    status: joinStatuses(parseStatuses(raw["status"])),
    sort: joinSort(siteSorts, parseSort(siteSorts, raw["sort"])),
  };
}

export function customersSearch(raw: Raw): CustomersSearch {
  return {
    query: words(raw["query"]),
    sort: joinSort(customerSorts, parseSort(customerSorts, raw["sort"])),
  };
}

export function licencesSearch(raw: Raw): LicencesSearch {
  const asked = words(raw["renewal"])?.split(",") ?? [];
  return {
    query: words(raw["query"]),
    renewal: renewals.filter((r) => asked.includes(r)).join(",") || undefined,
    product: words(raw["product"]),
    customer: words(raw["customer"]),
    sort: joinSort(licenceSorts, parseSort(licenceSorts, raw["sort"])),
  };
}

export function customerSearch(raw: Raw): CustomerSearch {
  return {
    edit: oneOf(["1"] as const, raw["edit"]),
    sort: joinSort(siteSorts, parseSort(siteSorts, raw["sort"])),
  };
}

function name(v: unknown): string | undefined {
  return typeof v === "string" && /^[\w.-]{1,64}$/.test(v) ? v : undefined;
}

/* An id of that kind (protocol.md); whatever else stands there is no question to the hub. */
function id(kind: string, v: unknown): string | undefined {
  return typeof v === "string" && new RegExp(`^${kind}_[0-9a-z]{26}$`).test(v) ? v : undefined;
}

export function usersSearch(raw: Raw): UsersSearch {
  return { customer: id("cust", raw["customer"]) };
}

export function rulesSearch(raw: Raw): RulesSearch {
  return { rule: name(raw["rule"]) };
}

export function siteSearch(raw: Raw): SiteSearch {
  return {
    tab: oneOf(tabs.slice(1), raw["tab"]),
    period: oneOf(
      periods.filter((p) => p !== usualPeriod),
      raw["period"],
    ),
    series: name(raw["series"]),
    view: oneOf(["table"] as const, raw["view"]),
    since: oneOf(sinces, raw["since"]),
    why: name(raw["why"]),
    sort: joinSort(deviceSorts, parseSort(deviceSorts, raw["sort"])),
    rule: name(raw["rule"]),
    edit: oneOf(["1"] as const, raw["edit"]),
    open: name(raw["open"]),
    session: name(raw["session"]),
  };
}

export function sessionsSearch(raw: Raw): SessionsSearch {
  return { state: oneOf(sessionGroups, raw["state"]), site: id("site", raw["site"]) };
}

/* Where to go after the login: a path of this very origin or nothing.  `//host` and `/\host` are
 * other origins to a browser. */
export function safePath(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^\/(?![/\\])/.test(value)) return undefined;
  return /^\/(login|terms)/.test(value) ? undefined : value;
}

export function loginSearch(raw: Raw): LoginSearch {
  return { to: safePath(raw["to"]), ended: raw["ended"] === "1" ? "1" : undefined };
}
