/* The list as a file for spreadsheets: what the question is answered by, in its order, with words for states and times as the hub keeps them. */
import type { SiteRow } from "../../api/client.ts";
import type { Text } from "../../text/i18n.ts";
import { reasonText } from "../../ui/reason.ts";

export const switches = ["monitoring", "console", "mfp"] as const;

/* `now`: ms UTC, for how long something lasts. */
export function sitesCsv(text: Text, rows: readonly SiteRow[], now: number): (string | number)[][] {
  const { t, find } = text;
  const head = [
    t("csv.customer"),
    t("csv.site"),
    t("ui.column.status"),
    t("ui.column.why"),
    t("csv.product"),
    t("csv.version"),
    ...switches.map((name) => t(`ui.permission.${name}`)),
    t("ui.column.devices"),
    t("csv.devices_in_error"),
    t("ui.column.seen"),
  ];
  const lineOf = (row: SiteRow) => [
    row.customer.name,
    row.name,
    find(`status.${row.status}`) ?? row.status,
    row.reasons.map((reason) => reasonText(text, reason, now)).join("; "),
    row.server?.product ?? t("ui.unknown"),
    row.server?.version ?? t("ui.unknown"),
    ...switches.map((name) => (row.permissions ? (find(`ui.permission.is.${row.permissions[name]}`) ?? row.permissions[name]) : t("ui.unknown"))),
    row.devices.total,
    row.devices.in_error,
    row.last_seen ?? t("ui.never"),
  ];
  return [head, ...rows.map(lineOf)];
}
