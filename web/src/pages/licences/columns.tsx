/* A licence as columns and as the card of a phone: each value with who says so. */
import { IconBuilding, IconHelpCircle, IconPencil, IconServer2, type Icon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Licence, LicenceRow } from "../../api/client.ts";
import { utcDay } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import type { Column } from "../../ui/DataTable.tsx";
import { Status } from "../../ui/Status.tsx";
import type { LicenceSort, Renewal } from "../search.ts";
import cells from "../sites/columns.module.css";
import { besides, dayText, renewalOf, seatsOf } from "./model.ts";
import style from "./Licences.module.css";

const looks: Record<Renewal, string> = {
  ended: "error",
  within_30: "warning",
  within_60: "soon",
  within_90: "soon",
  later: "ok",
  unknown: "unknown",
};

export function RenewalMark({ licence }: { licence: Licence | null }) {
  const is = renewalOf(licence);
  return <Status of="licence.renewal" is={is} look={looks[is]} />;
}

function Name({ row }: { row: LicenceRow }) {
  return (
    <Link
      to="/sites/$id"
      params={{ id: row.id }}
      search={{ tab: "licence" }}
      className={cells.name}
      title={`${row.customer.name} / ${row.name}`}
    >
      <span>{row.customer.name}</span>
      <span className={cells.slash} aria-hidden>
        /
      </span>
      <span className={cells.site}>{row.name}</span>
    </Link>
  );
}

const marks: Record<string, Icon> = { server: IconServer2, customer: IconBuilding, provider: IconPencil };

/* Who says so; the word is in the title, and the legend says it of all. */
export function OriginMark({ of, named }: { of: string; named?: boolean }) {
  const { find } = useText();
  const Mark = marks[of] ?? IconHelpCircle;
  const word = find(`licence.origin.${of}`) ?? of;
  return (
    <span className={style.origin} data-is={of}>
      <Mark size={14} stroke={1.8} role={named ? undefined : "img"} aria-hidden={named} aria-label={named ? undefined : word} />
      {named && word}
    </span>
  );
}

interface ToldProps {
  words: string;
  origin: string;
  /* What the provider wrote down besides. */
  other: string | null;
}

function Told({ words, origin, other }: ToldProps) {
  const { t, find } = useText();
  const title = [`${words} (${find(`site.origin.${origin}`) ?? origin})`, other && `${other} (${t("site.origin.provider")})`];

  return (
    <span className={style.told} title={title.filter(Boolean).join("\n")}>
      <span className={style.words}>{words}</span>
      <OriginMark of={origin} />
      {other && (
        <>
          <span className={style.other}>{other}</span>
          <OriginMark of="provider" />
        </>
      )}
    </span>
  );
}

function Unknown() {
  const { t } = useText();
  return <span className={cells.dim}>{t("ui.unknown")}</span>;
}

function Stated({ of, entered }: { of: Licence["organisation"] | undefined; entered: string | null | undefined }) {
  if (!of) return <Unknown />;
  return <Told words={of.value} origin={of.origin} other={besides(of, of.value, entered)} />;
}

function daysWords({ t }: Text, days: number): string {
  return days < 0 ? t("site.licence.ended") : t("licence.days", { n: days });
}

function End({ of, entered }: { of: Licence["support_end"] | undefined; entered: string | null | undefined }) {
  const text = useText();
  if (!of) return <Unknown />;
  const day = (at: string) => utcDay(text.locale, Date.parse(at));
  const other = besides(of, dayText(of.at), entered);
  return (
    <Told words={`${day(of.at)} · ${daysWords(text, of.days)}`} origin={of.origin} other={other && day(other)} />
  );
}

function Seats({ licence, kind }: { licence: Licence | null; kind: string }) {
  const { t, number } = useText();
  const seats = seatsOf(licence, kind);
  if (!seats) return <span className={cells.dim}>{t("ui.none")}</span>;
  const known = (n: number | null) => (n === null ? "?" : number(n));
  const full = seats.used !== null && seats.licensed !== null && seats.used > seats.licensed;
  return (
    <span className={full ? cells.bad : undefined} title={t("licence.seats.title")}>
      {known(seats.used)} / {known(seats.licensed)}
    </span>
  );
}

export function useLicenceColumns(): Column<LicenceRow, LicenceSort>[] {
  const text = useText();

  return useMemo(() => {
    const { t } = text;
    return [
      { id: "renewal", name: t("licence.column.renewal"), width: 172, sort: "renewal", cell: (row) => <RenewalMark licence={row.licence} /> },
      { id: "site", name: t("ui.column.site"), width: 240, grow: true, sort: "customer", cell: (row) => <Name row={row} /> },
      {
        id: "organisation",
        name: t("site.licence.organisation"),
        width: 152,
        sort: "organisation",
        cell: ({ licence: l }) => <Stated of={l?.organisation} entered={l?.provider?.organisation} />,
      },
      {
        id: "reference",
        name: t("licence.column.reference"),
        width: 108,
        sort: "customer_reference",
        cell: ({ licence: l }) => <Stated of={l?.customer_reference} entered={l?.provider?.customer_reference} />,
      },
      {
        id: "server",
        name: t("ui.column.server"),
        width: 164,
        sort: "version",
        cell: ({ server }) =>
          server ? (
            <span title={[server.product, server.version].join(" ").trim()}>
              <span className={cells.dim}>{server.product}</span> {server.version}
            </span>
          ) : (
            <span className={cells.dim}>{t("ui.none")}</span>
          ),
      },
      {
        id: "support",
        name: t("licence.column.support"),
        width: 208,
        sort: "support_end",
        cell: ({ licence: l }) => <End of={l?.support_end} entered={l?.provider?.support_ends_on} />,
      },
      {
        id: "licence",
        name: t("site.licence.ends"),
        width: 148,
        sort: "licence_end",
        cell: ({ licence: l }) =>
          l?.valid === false ? (
            <span className={cells.bad}>{t("site.licence.is.false")}</span>
          ) : (
            <End of={l?.licence_end} entered={l?.provider?.licence_ends_on} />
          ),
      },
      { id: "users", name: t("site.seats.users"), width: 108, right: true, cell: (row) => <Seats licence={row.licence} kind="users" /> },
      { id: "devices", name: t("ui.column.devices"), width: 84, right: true, cell: (row) => <Seats licence={row.licence} kind="devices" /> },
    ];
  }, [text]);
}

export function LicenceCard(row: LicenceRow) {
  return <Card row={row} />;
}

function Card({ row }: { row: LicenceRow }) {
  const l = row.licence;
  const nearer = [l?.support_end, l?.licence_end].filter((end) => end != null).sort((a, b) => a.days - b.days)[0];
  return (
    <>
      <span className={cells.line}>
        <Name row={row} />
        <RenewalMark licence={l} />
      </span>
      <span className={cells.line}>
        <Stated of={l?.organisation ?? l?.customer_reference} entered={null} />
        <End of={nearer} entered={null} />
      </span>
    </>
  );
}
