/* What the list of licences shows and what its file holds.  Pure.  What is not told is unknown: neither zero nor ended. */
import type { Licence, LicenceRow } from "../../api/client.ts";
import type { Text } from "../../text/i18n.ts";
import { renewals, type Renewal } from "../search.ts";

type Counts = Record<string, number | undefined>;

/* The question "within 60 days" means those within 30, too. */
export const groups: readonly (readonly [Renewal, readonly Renewal[]])[] = [
  ["ended", ["ended"]],
  ["within_30", ["within_30"]],
  ["within_60", ["within_30", "within_60"]],
  ["within_90", ["within_30", "within_60", "within_90"]],
  ["later", ["later"]],
  ["unknown", ["unknown"]],
];

export function countOf(counts: Counts, words: readonly Renewal[]): number {
  return words.reduce((sum, word) => sum + (counts[word] ?? 0), 0);
}

/* The nearer of both ends, in the hub's steps. */
export function renewalOf(licence: Licence | null): Renewal {
  const days = [licence?.support_end?.days, licence?.licence_end?.days].filter((d) => d !== undefined);
  if (licence?.valid === false) return "ended";
  if (days.length === 0) return "unknown";
  const least = Math.min(...days);
  const at = [0, 31, 61, 91].findIndex((below) => least < below);
  return at < 0 ? "later" : renewals[at]!;
}

export function seatsOf(licence: Licence | null, kind: string) {
  return licence?.seats.find((s) => s.kind === kind) ?? null;
}

/* What the provider wrote down where somebody else's word counts and is another. */
export function besides(counts: { origin: string } | null | undefined, value: string, entered: string | null | undefined): string | null {
  return entered && counts && counts.origin !== "provider" && value !== entered ? entered : null;
}

export function dayText(at: string): string {
  return at.slice(0, 10);
}

export function licencesCsv(text: Text, rows: readonly LicenceRow[]): (string | number)[][] {
  const { t, find } = text;
  const unknown = t("ui.unknown");
  const origin = (o: string | undefined) => (o ? (find(`site.origin.${o}`) ?? o) : "");
  const seatColumns = ["users", "devices", "site_servers", "advanced_clients"];
  const head = [
    t("filter.customer"),
    t("licence.column.site"),
    t("licence.column.renewal"),
    t("filter.product"),
    t("licence.column.version"),
    t("site.licence.valid"),
    t("site.licence.organisation"),
    t("licence.column.origin"),
    t("site.licence.reference"),
    t("licence.column.origin"),
    t("licence.column.support"),
    t("licence.column.days"),
    t("licence.column.origin"),
    t("site.licence.ends"),
    t("licence.column.days"),
    t("licence.column.origin"),
    ...seatColumns.flatMap((kind) => {
      const name = find(`site.seats.${kind}`) ?? kind;
      return [`${name}: ${t("site.seats.used")}`, `${name}: ${t("site.seats.licensed")}`];
    }),
    t("licence.entered.organisation"),
    t("licence.entered.reference"),
    t("licence.entered.support"),
    t("licence.entered.licence"),
    t("licence.entered.note"),
    t("licence.column.read"),
  ];
  const lineOf = ({ name, customer, server, licence: l }: LicenceRow) => {
    const e = l?.provider ?? null;
    const end = (of: Licence["support_end"]) => (of ? [dayText(of.at), of.days, origin(of.origin)] : [unknown, unknown, ""]);
    return [
      customer.name,
      name,
      t(`licence.renewal.${renewalOf(l)}`),
      server?.product ?? unknown,
      server?.version ?? unknown,
      l === null || l.valid === null ? unknown : t(l.valid ? "ui.yes" : "ui.no"),
      l?.organisation?.value ?? unknown,
      origin(l?.organisation?.origin),
      l?.customer_reference?.value ?? unknown,
      origin(l?.customer_reference?.origin),
      ...end(l?.support_end ?? null),
      ...end(l?.licence_end ?? null),
      ...seatColumns.flatMap((kind) => [seatsOf(l, kind)?.used ?? unknown, seatsOf(l, kind)?.licensed ?? unknown]),
      e?.organisation ?? "",
      e?.customer_reference ?? "",
      e?.support_ends_on ?? "",
      e?.licence_ends_on ?? "",
      e?.note ?? "",
      l?.read_at ?? "",
    ];
  };
  return [head, ...rows.map(lineOf)];
}
