/* What a row of the list shows, as columns and as the card of a phone. */
import { IconBrowser, IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { SiteRow } from "../../api/client.ts";
import { meQuery } from "../../api/queries.ts";
import { useNow } from "../../text/clock.ts";
import { useText } from "../../text/i18n.ts";
import type { Column } from "../../ui/DataTable.tsx";
import { PermissionMarks } from "../../ui/Permissions.tsx";
import { isSpan, reasonText } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Age, Moment } from "../../ui/Time.tsx";
import type { SiteSort } from "../search.ts";
import style from "./columns.module.css";

function Name({ row }: { row: SiteRow }) {
  return (
    <Link
      to="/sites/$id"
      params={{ id: row.id }}
      className={style.name}
      title={`${row.customer.name} / ${row.name}`}
    >
      <span>{row.customer.name}</span>
      <span className={style.slash} aria-hidden>
        /
      </span>
      <span className={style.site}>{row.name}</span>
    </Link>
  );
}

function Why({ row }: { row: SiteRow }) {
  const text = useText();
  const now = useNow();
  const [first, ...more] = row.reasons;

  if (!first && row.invitation)
    return (
      <span className={style.why}>
        <span className={style.dim}>
          {text.t("ui.sites.invited")} <Moment at={row.invitation.expires_at} />
        </span>
      </span>
    );
  if (!first) return null;
  return (
    <span
      className={style.why}
      title={row.reasons.map((r) => reasonText(text, r, now)).join("\n")}
    >
      <span className={style.reason}>{reasonText(text, first, now)}</span>
      {first.since && !isSpan(first) && (
        <span className={style.since}>
          {text.t("ui.since")} <Moment at={first.since} />
        </span>
      )}
      {more.length > 0 && (
        <span className={style.more}>{text.count("ui.reason.more", more.length)}</span>
      )}
    </span>
  );
}

function Devices({ row }: { row: SiteRow }) {
  const text = useText();
  const { total, in_error: bad } = row.devices;

  if (total === 0) return <span className={style.dim}>{text.t("ui.none")}</span>;
  return (
    <span title={text.count("ui.devices.in_error", bad)}>
      {bad > 0 && <span className={style.bad}>{text.t("ui.devices.bad_of", { bad, total })}</span>}
      {bad === 0 && text.number(total)}
    </span>
  );
}

function Seen({ row }: { row: SiteRow }) {
  const { t } = useText();
  if (!row.last_seen) return <span className={style.dim}>{t("ui.never")}</span>;
  return <Age at={row.last_seen} />;
}

const noWay = ["never_connected", "revoked"];

/* Leads to the site, where the reason is asked for; where the customer has switched it off, that is
 * said there, and what may be asked for. */
function Open({ row }: { row: SiteRow }) {
  const { t } = useText();
  const off = row.permissions?.console === "off";
  const name = t("ui.open.console.of", { name: `${row.customer.name} / ${row.name}` });
  const Icon = off ? IconHandStop : IconBrowser;

  if (noWay.includes(row.status)) return null;
  return (
    <Link
      to="/sites/$id"
      params={{ id: row.id }}
      search={{ open: "console" }}
      className={style.open}
      data-off={off}
      aria-label={name}
      title={off ? t("ui.open.off") : name}
    >
      <Icon size={16} stroke={1.6} aria-hidden />
      <span>{t("ui.open")}</span>
    </Link>
  );
}

function useMayOpen(): boolean {
  const { data: me } = useQuery(meQuery);
  return me?.rights.includes("sessions") ?? false;
}

export function useSiteColumns(): Column<SiteRow, SiteSort>[] {
  const text = useText();
  const may = useMayOpen();

  return useMemo(() => {
    const open: Column<SiteRow, SiteSort> = {
      id: "open",
      name: text.t("ui.column.open"),
      width: 100,
      cell: (row) => <Open row={row} />,
    };
    return [
      {
        id: "status",
        name: text.t("ui.column.status"),
        width: 188,
        sort: "attention",
        cell: (row) => <Status of="status" is={row.status} />,
      },
      {
        id: "site",
        name: text.t("ui.column.site"),
        width: 320,
        sort: "customer",
        cell: (row) => <Name row={row} />,
      },
      {
        id: "why",
        name: text.t("ui.column.why"),
        width: 320,
        grow: true,
        cell: (row) => <Why row={row} />,
      },
      {
        id: "version",
        name: text.t("ui.column.server"),
        width: 164,
        sort: "version",
        cell: (row) =>
          row.server ? (
            <span title={[row.server.product, row.server.version].join(" ").trim()}>
              <span className={style.dim}>{row.server.product}</span> {row.server.version}
            </span>
          ) : (
            <span className={style.dim}>{text.t("ui.none")}</span>
          ),
      },
      {
        id: "permissions",
        name: text.t("ui.column.permissions"),
        width: 132,
        cell: (row) => <PermissionMarks of={row.permissions} />,
      },
      {
        id: "devices",
        name: text.t("ui.column.devices"),
        width: 92,
        right: true,
        sort: "devices",
        cell: (row) => <Devices row={row} />,
      },
      {
        id: "seen",
        name: text.t("ui.column.seen"),
        width: 112,
        right: true,
        sort: "last_seen",
        cell: (row) => <Seen row={row} />,
      },
      ...(may ? [open] : []),
    ];
  }, [text, may]);
}

export function SiteCard(row: SiteRow) {
  return <Card row={row} />;
}

function Card({ row }: { row: SiteRow }) {
  const may = useMayOpen();
  return (
    <>
      <span className={style.line}>
        <Name row={row} />
        <Status of="status" is={row.status} />
      </span>
      <span className={style.line}>
        {row.reasons.length > 0 || row.invitation ? (
          <Why row={row} />
        ) : (
          <>
            <PermissionMarks of={row.permissions} />
            <span className={style.dim}>
              <Seen row={row} />
            </span>
          </>
        )}
        {may && <Open row={row} />}
      </span>
    </>
  );
}
