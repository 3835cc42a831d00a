/* All customers: how many sites each has, and how the worst of them is. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { CustomerRow } from "../../api/client.ts";
import { customerListQuery } from "../../api/queries.ts";
import { isLanguage, languageNames, useText, type Text } from "../../text/i18n.ts";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Empty, Reading, useSlow } from "../../ui/Notice.tsx";
import { usePaged } from "../../ui/paged.ts";
import { useTitle } from "../../ui/Root.tsx";
import { SearchField } from "../../ui/SearchField.tsx";
import { Status } from "../../ui/Status.tsx";
import { Age, Day } from "../../ui/Time.tsx";
import { customerOrder } from "../order.ts";
import { attention, customerSorts, joinSort, nextSort, parseSort, type CustomerSort } from "../search.ts";
import style from "../sites/SitesPage.module.css";
import cells from "../sites/columns.module.css";

const route = getRouteApi("/inside/customers");
let lastRow: string | null = null;

export function needy(customer: CustomerRow): number {
  return attention.reduce((sum, s) => sum + (customer.counts[s] ?? 0), 0);
}

function Name({ row }: { row: CustomerRow }) {
  return (
    <Link to="/customers/$id" params={{ id: row.id }} className={cells.name} title={row.name}>
      {row.name}
    </Link>
  );
}

function Worst({ row }: { row: CustomerRow }) {
  const { t } = useText();
  if (row.status) return <Status of="status" is={row.status} />;
  return <span className={cells.dim}>{t("ui.none")}</span>;
}

function Needy({ row }: { row: CustomerRow }) {
  const text = useText();
  const bad = needy(row);
  if (bad === 0) return null;
  return <span className={cells.bad}>{text.count("customer.attention", bad)}</span>;
}

function columnsOf(text: Text): Column<CustomerRow, CustomerSort>[] {
  const { t } = text;
  return [
    { id: "status", name: t("customer.worst"), width: 188, sort: "attention", cell: (row) => <Worst row={row} /> },
    { id: "name", name: t("filter.customer"), width: 360, grow: true, sort: "name", cell: (row) => <Name row={row} /> },
    { id: "needy", name: t("ui.column.why"), width: 260, cell: (row) => <Needy row={row} /> },
    { id: "sites", name: t("customer.sites"), width: 110, right: true, sort: "sites", cell: (row) => text.number(row.sites) },
    {
      id: "language",
      name: t("ui.language"),
      width: 130,
      cell: (row) => (isLanguage(row.language) ? languageNames[row.language] : row.language),
    },
    { id: "created", name: t("customer.created"), width: 150, right: true, cell: (row) => <Day at={row.created_at} /> },
  ];
}

function Card(row: CustomerRow) {
  return (
    <>
      <span className={cells.line}>
        <Name row={row} />
        <Worst row={row} />
      </span>
      <span className={cells.line}>
        <Sites row={row} />
        <Needy row={row} />
      </span>
    </>
  );
}

function Sites({ row }: { row: CustomerRow }) {
  const text = useText();
  return <span className={cells.dim}>{text.count("ui.sites.count", row.sites)}</span>;
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useText();

  if (filtered)
    return (
      <Empty title={t("customer.no_match")}>
        <Link from="/customers" to="." search={{}}>
          {t("customer.show_all")}
        </Link>
      </Empty>
    );
  return (
    <Empty title={t("customer.none")}>
      <p>{t("customer.none.text")}</p>
      <Link to="/add">{t("ui.sites.add")}</Link>
    </Empty>
  );
}

function CustomersPage() {
  const text = useText();
  const { t } = text;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sort = parseSort(customerSorts, search.sort);
  const columns = useMemo(() => columnsOf(text), [text]);
  const list = useInfiniteQuery(customerListQuery(search));
  const { data } = list;
  const order = useMemo(() => customerOrder({ by: sort.by, down: sort.down }), [sort.by, sort.down]);
  const { rows, total, onReach } = usePaged(list, order);
  const dim = useSlow(list.isPlaceholderData);
  const walk = useMemo(() => ({ start: lastRow, onWalk: (id: string) => void (lastRow = id) }), []);
  useTitle(t("ui.customers.title"));

  return (
    <div className={style.page}>
      <h1 className="sr-only">{t("ui.customers.title")}</h1>
      <div className={style.tools}>
        <SearchField
          label={t("customer.search")}
          query={search.query ?? ""}
          onQuery={(query) =>
            void navigate({ search: (old) => ({ ...old, query: query || undefined }), replace: true })
          }
        />
        <Button className={style.add} renderRoot={(props) => <Link to="/add" {...props} />}>
          {t("ui.sites.add")}
        </Button>
      </div>
      {data && (
        <div className={style.summary}>
          <Facts live>
            <strong>{text.count("customer.count", total)}</strong>
            <Link to="/invitations">{t("invited.title")}</Link>
            <Link to="/archive">{t("archive.page")}</Link>
          </Facts>
          <span className={style.read}>
            {t("ui.read")} <Age at={list.dataUpdatedAt} />
          </span>
        </div>
      )}
      <Reading read={list} />
      {data && rows.length > 0 && (
        <DataTable
          label={t("ui.customers.title")}
          columns={columns}
          rows={rows}
          total={total}
          remember="customers"
          sort={sort}
          question={search.query}
          onSort={(by) =>
            void navigate({
              search: (old) => ({ ...old, sort: joinSort(customerSorts, nextSort(sort, by)) }),
              replace: true,
            })
          }
          card={Card}
          onReach={onReach}
          dim={dim}
          fill
          walk={walk}
        />
      )}
      {data && rows.length === 0 && <Nothing filtered={search.query !== undefined} />}
    </div>
  );
}

export const customersRoute = createLazyRoute("/inside/customers")({ component: CustomersPage });
