/* The site's devices: those that need somebody first. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Device, Site } from "../../api/client.ts";
import { devicesQuery, meQuery } from "../../api/queries.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Empty, Failed, Stale, Waiting } from "../../ui/Notice.tsx";
import { isOld, keywordText } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Moment } from "../../ui/Time.tsx";
import { deviceOrder } from "../order.ts";
import { devicesOf, targetsQuery } from "../session/query.ts";
import { deviceSorts, joinSort, nextSort, parseSort, type DeviceSort } from "../search.ts";
import style from "./DevicesTab.module.css";
import { here, route } from "./route.ts";

function reasonsOf(text: Text, device: Device): string {
  const words = device.reasons.filter((r) => r !== "none").map((r) => keywordText(text, r));
  return words.join(", ");
}

function accepting(text: Text, device: Device): string {
  if (device.accepting_jobs == null) return text.t("ui.unknown");
  return text.t(device.accepting_jobs ? "ui.yes" : "ui.no");
}

/* A customer may keep the names of devices to itself: then the id tells them apart. */
function Label({ device }: { device: Device }) {
  const { t } = useText();
  if (device.label)
    return (
      <span className={style.label} title={device.label}>
        {device.label}
      </span>
    );
  return (
    <span className={style.dim}>
      {t("ui.device.unnamed")} <code>{device.id.slice(-6)}</code>
    </span>
  );
}

/* The pages that the customer lets be opened, by the device's name: the hub knows no other tie. */
function useOpen(site: Site): Map<string, string> {
  const { data: me } = useQuery(meQuery);
  const may = me?.rights.includes("sessions") ?? false;
  const { data } = useQuery({ ...targetsQuery(site.id), enabled: may });
  return useMemo(() => new Map(devicesOf(data).map((x) => [(x.name ?? "").toLowerCase(), x.id])), [data]);
}

function Open({ device, targets }: { device: Device; targets: Map<string, string> }) {
  const { t } = useText();
  const open = device.label && targets.get(device.label.toLowerCase());

  if (!open) return null;
  return (
    <Link
      {...here}
      search={(old) => ({ ...old, open })}
      aria-label={t("session.open.name", { name: device.label ?? "" })}
    >
      {t("ui.open")}
    </Link>
  );
}

function columnsFor(text: Text, old: boolean, targets: Map<string, string>): Column<Device, DeviceSort>[] {
  const open: Column<Device, DeviceSort> = {
    id: "open",
    name: text.t("session.pages"),
    width: 100,
    cell: (d) => <Open device={d} targets={targets} />,
  };
  return [
    {
      id: "state",
      name: text.t("ui.column.state"),
      width: 160,
      sort: "attention",
      cell: (d) => <Status of="state" is={d.state} old={old} />,
    },
    {
      id: "label",
      name: text.t("ui.column.device"),
      width: 300,
      sort: "label",
      cell: (d) => <Label device={d} />,
    },
    {
      id: "reasons",
      name: text.t("ui.column.reports"),
      width: 300,
      grow: true,
      cell: (d) => <span title={d.reasons.join(", ")}>{reasonsOf(text, d)}</span>,
    },
    {
      id: "accepting",
      name: text.t("ui.column.accepting"),
      width: 160,
      cell: (d) => accepting(text, d),
    },
    {
      id: "since",
      name: text.t("ui.column.since"),
      width: 170,
      right: true,
      sort: "since",
      cell: (d) =>
        d.since ? <Moment at={d.since} /> : <span className={style.dim}>{text.t("ui.unknown")}</span>,
    },
    ...(targets.size > 0 ? [open] : []),
  ];
}

function DeviceCard({ device, old, targets }: { device: Device; old: boolean; targets: Map<string, string> }) {
  const text = useText();
  return (
    <>
      <span className={style.line}>
        <Label device={device} />
        <Status of="state" is={device.state} old={old} />
      </span>
      <span className={style.line}>
        <span className={style.reasons}>{reasonsOf(text, device)}</span>
        <span className={style.dim}>{device.since && <Moment at={device.since} />}</span>
        <Open device={device} targets={targets} />
      </span>
    </>
  );
}

export function DevicesTab({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sort = parseSort(deviceSorts, search.sort);
  const { data, error, dataUpdatedAt, refetch } = useQuery(devicesQuery(site.id));
  const old = isOld(site.status);
  const targets = useOpen(site);
  const columns = useMemo(() => columnsFor(text, old, targets), [text, old, targets]);
  const rows = useMemo(
    () => [...(data?.items ?? [])].sort(deviceOrder({ by: sort.by, down: sort.down })),
    [data, sort.by, sort.down],
  );

  // A connector counts all and lists 20,000 at most, this page fewer.
  const told = Math.max(site.devices.total, rows.length);

  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  if (rows.length === 0)
    return (
      <Empty title={t("ui.devices.none")}>
        <p>{t(site.status === "monitoring_off" ? "ui.health.none.off" : "ui.devices.none.text")}</p>
      </Empty>
    );
  return (
    <section aria-label={t("ui.tab.devices")} className={style.section}>
      {error && <Stale error={error} at={dataUpdatedAt} retry={() => void refetch()} />}
      <Facts>
        {text.count("ui.devices.count", told)}
        {text.count("ui.devices.in_error", site.devices.in_error)}
        {told > rows.length && t("ui.devices.listed", { shown: rows.length })}
      </Facts>
      <DataTable
        label={t("ui.tab.devices")}
        columns={columns}
        rows={rows}
        total={rows.length}
        remember="devices"
        sort={sort}
        onSort={(by) =>
          void navigate({
            search: (old) => ({ ...old, sort: joinSort(deviceSorts, nextSort(sort, by)) }),
            replace: true,
            resetScroll: false,
          })
        }
        card={(device) => <DeviceCard device={device} old={old} targets={targets} />}
      />
    </section>
  );
}
