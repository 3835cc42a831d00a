/* Who is entitled, as tables for a page, a file and paper (R73).  Pure. */
import type { Site, SiteRow, User } from "../../api/client.ts";
import { date, exact } from "../../text/format.ts";
import type { Text } from "../../text/i18n.ts";

export function roleWords(text: Text, role: string | null): string {
  return (role && text.find(`users.role.${role}`)) ?? role ?? text.t("ui.unknown");
}

export function scopeWords(text: Text, scope: string): string {
  return text.find(`users.scope.${scope}`) ?? scope;
}

export function rightWords(text: Text, right: string): string {
  return text.find(`right.${right}`) ?? right;
}

export function loginWords(text: Text, at: string | null): string {
  return at ? exact(text.locale, Date.parse(at)) : text.t("users.never");
}

export function dayWords(text: Text, at: string): string {
  return date(text.locale, Date.parse(at));
}

export function byName(users: readonly User[]): User[] {
  return [...users].sort((a, b) => a.name.localeCompare(b.name) || a.email.localeCompare(b.email));
}

/* What somebody may do at a customer's sites, as far as the provider decides it; the customer's switches narrow it. */
export const acts = ["monitoring", "console", "mfp", "approve"] as const;
export type Act = (typeof acts)[number];
/* The right that an act needs; approving is the customer's alone. */
const needs: Record<Act, string | null> = { monitoring: "view", console: "sessions", mfp: "sessions", approve: null };

export function mayAct(user: User, act: Act): boolean {
  const right = needs[act];
  return user.scope === "all" && right !== null && user.rights.includes(right);
}

/* Rights of the list, in the order in which they first come. */
export function rightsOf(users: readonly User[]): string[] {
  return [...new Set(users.flatMap((u) => u.rights))];
}

type Permissions = Site["permissions"];

export function switchWords(text: Text, of: Permissions, name: "monitoring" | "console" | "mfp"): string {
  return of ? (text.find(`ui.permission.is.${of[name]}`) ?? of[name]) : text.t("users.never_connected");
}

export function usersCsv(text: Text, users: readonly User[]): string[][] {
  const { t } = text;
  return [
    [t("users.name"), t("users.email"), t("users.role"), t("users.scope"), t("users.since"), t("users.last_login"), t("users.rights")],
    ...users.map((u) => [
      u.name,
      u.email,
      roleWords(text, u.role),
      scopeWords(text, u.scope),
      u.created_at,
      u.last_login_at ?? t("users.never"),
      u.rights.map((r) => rightWords(text, r)).join("; "),
    ]),
  ];
}

export interface Entitled {
  provider: string;
  customer: string;
  /* ms UTC */
  at: number;
  users: readonly User[];
  sites: readonly SiteRow[];
}

/* One line for each person at each site, so that a spreadsheet can be sorted by either. */
export function entitledCsv(text: Text, { provider, customer, at, users, sites }: Entitled): string[][] {
  const { t } = text;
  const yes = (may: boolean) => t(may ? "ui.yes" : "ui.no");
  const head = [
    t("users.provider"),
    t("filter.customer"),
    t("users.as_of"),
    t("users.name"),
    t("users.email"),
    t("users.role"),
    t("users.site"),
    ...acts.flatMap((act) => (act === "approve" ? [t("users.act.approve")] : [t(`users.act.${act}`), `${t("users.switch")}: ${t(`ui.permission.${act}`)}`])),
  ];
  const lines = users.flatMap((u) =>
    (sites.length > 0 ? sites : [null]).map((site) => [
      provider,
      customer,
      new Date(at).toISOString(),
      u.name,
      u.email,
      roleWords(text, u.role),
      site?.name ?? "",
      ...acts.flatMap((act) =>
        act === "approve" ? [yes(mayAct(u, act))] : [yes(mayAct(u, act)), site ? switchWords(text, site.permissions, act) : ""],
      ),
    ]),
  );
  return [head, ...lines];
}
