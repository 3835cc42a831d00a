/* What a row of a list of sessions shows, as columns and as the card of a phone. */
import { Link } from "@tanstack/react-router";
import type { Session } from "../../api/client.ts";
import { useNow } from "../../text/clock.ts";
import { bytes, exact, moment, say, spanOf } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import type { Column } from "../../ui/DataTable.tsx";
import { Status } from "../../ui/Status.tsx";
import { Moment } from "../../ui/Time.tsx";
import cells from "../sites/columns.module.css";
import { isOver, lastedMs } from "./model.ts";
import { briefly, lookOf, placeOf, targetName, whoOf, whyWords } from "./words.ts";
import style from "./Session.module.css";

/* Lists are in the order of time; the hub's pages know no other. */
export type SessionSort = "time";
export const byTime = { by: "time", down: true } as const;

export function newestFirst(a: Session, b: Session): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1);
}

interface Why {
  brief: string;
  /* What one reads who points at it. */
  whole: string;
}

/* Why it is over, that nothing passes, or that it does not last longer. */
function whyOf(text: Text, row: Session, now: number): Why | null {
  const { t, locale } = text;
  const { why, site_silent_since: silent, more_refused: no } = row;

  if (why) return { brief: briefly(text, why), whole: whyWords(text, why) };
  if (silent) {
    const at = Date.parse(silent);
    const whole = `${t("session.not.offline")} ${t("session.not.offline.last")} ${exact(locale, at)}`;
    return { brief: t("session.offline", { span: say(text, spanOf(Math.max(0, now - at))) }), whole };
  }
  if (!no) return null;
  const whole = t("session.more.refused.why", { why: whyWords(text, no.why), time: exact(locale, Date.parse(no.at)) });
  return { brief: t("session.more.refused"), whole };
}

function State({ row }: { row: Session }) {
  const text = useText();
  const why = whyOf(text, row, useNow());
  return (
    <span className={style.state} title={why?.whole}>
      <Status of="session.state" is={row.state} look={lookOf(row)} short />
      {why && <span className={cells.dim}>{why.brief}</span>}
    </span>
  );
}

/* Where there is a site to go to, a row leads there and shows the session. */
function Name({ row, site }: { row: Session; site: boolean }) {
  const text = useText();
  const { t } = text;
  return (
    <Link
      to="/sites/$id"
      params={{ id: row.site.id }}
      search={(old) => (site ? { session: row.id } : { ...old, session: row.id })}
      resetScroll
      className={cells.name}
      title={site ? placeOf(text, row) : undefined}
    >
      {site ? (
        <>
          <span>{row.customer.name ?? t("ui.unknown")}</span>
          <span className={cells.slash} aria-hidden>
            /
          </span>
          <span className={cells.site}>{row.site.name ?? t("ui.unknown")}</span>
        </>
      ) : (
        targetName(text, row.target)
      )}
    </Link>
  );
}

/* Beside its start, whose day it says only if that is another one. */
function End({ row }: { row: Session }) {
  const { t, locale } = useText();
  if (!isOver(row) || !row.ended_at) return <span className={cells.dim}>{t("ui.none")}</span>;
  const end = Date.parse(row.ended_at);
  return (
    <time dateTime={row.ended_at} title={exact(locale, end)}>
      {moment(locale, Date.parse(row.opened_at ?? row.created_at), end)}
    </time>
  );
}

function Lasted({ row }: { row: Session }) {
  const text = useText();
  const now = useNow();
  const lasted = lastedMs(row, now);
  if (lasted === null) return <span className={cells.dim}>{text.t("ui.none")}</span>;
  return <>{say(text, spanOf(lasted))}</>;
}

/* Both ways as one number; which way how much is said when one points at it. */
function Traffic({ row }: { row: Session }) {
  const { t, locale } = useText();
  if (!row.opened_at) return <span className={cells.dim}>{t("ui.none")}</span>;
  const down = bytes(locale, row.bytes_down);
  const up = bytes(locale, row.bytes_up);
  return <span title={t("session.traffic", { down, up })}>{bytes(locale, row.bytes_down + row.bytes_up)}</span>;
}

/* `site`: of many sites, so that each row says which. */
export function sessionColumns(text: Text, site: boolean): Column<Session, SessionSort>[] {
  const { t } = text;
  const target: Column<Session, SessionSort> = {
    id: "target",
    name: t("session.column.target"),
    width: site ? 96 : 180,
    cell: (row) => (site ? targetName(text, row.target) : <Name row={row} site={false} />),
  };
  const place: Column<Session, SessionSort> = {
    id: "site",
    name: t("ui.column.site"),
    width: 228,
    cell: (row) => <Name row={row} site />,
  };
  return [
    { id: "state", name: t("ui.column.state"), width: 228, cell: (row) => <State row={row} /> },
    ...(site ? [place, target] : [target]),
    { id: "who", name: t("session.column.who"), width: 108, cell: (row) => <span title={whoOf(text, row)}>{whoOf(text, row)}</span> },
    {
      id: "reason",
      name: t("session.column.reason"),
      width: 220,
      grow: true,
      cell: (row) => <span title={row.reason}>{row.reason}</span>,
    },
    {
      id: "start",
      name: t("session.column.start"),
      width: 132,
      right: true,
      cell: (row) => <Moment at={row.opened_at ?? row.created_at} />,
    },
    { id: "end", name: t("session.column.end"), width: 92, right: true, cell: (row) => <End row={row} /> },
    { id: "lasted", name: t("session.column.lasted"), width: 92, right: true, cell: (row) => <Lasted row={row} /> },
    { id: "traffic", name: t("session.column.traffic"), width: 80, right: true, cell: (row) => <Traffic row={row} /> },
    {
      id: "requests",
      name: t("session.column.requests"),
      width: 88,
      right: true,
      cell: (row) => (row.opened_at ? text.number(row.requests) : <span className={cells.dim}>{t("ui.none")}</span>),
    },
  ];
}

/* Where the name is the site's, what of it was opened stands here. */
function Who({ row, site }: { row: Session; site: boolean }) {
  const text = useText();
  return (
    <span className={cells.dim} title={row.reason}>
      {site && <>{targetName(text, row.target)} · </>}
      {whoOf(text, row)}: {row.reason}
    </span>
  );
}

function When({ row }: { row: Session }) {
  const text = useText();
  const now = useNow();
  const why = row.site_silent_since ? whyOf(text, row, now) : null;

  if (why) return <span className={cells.dim}>{why.brief}</span>;
  return (
    <span className={cells.dim}>
      <Moment at={row.opened_at ?? row.created_at} />
    </span>
  );
}

export function sessionCard(site: boolean) {
  return function SessionCard(row: Session) {
    return (
      <>
        <span className={cells.line}>
          <Name row={row} site={site} />
          <Status of="session.state" is={row.state} look={lookOf(row)} short />
        </span>
        <span className={`${cells.line} ${style.below}`}>
          <Who row={row} site={site} />
          <When row={row} />
        </span>
      </>
    );
  };
}
