/* All sites: what has to be done now, and where.  Search, filter and order are in the address. */
import { Button } from "@mantine/core";
import { IconFilter, IconMapPinPlus, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { SiteList } from "../../api/client.ts";
import { queries, sitesQuery } from "../../api/queries.ts";
import { laterWords, useText } from "../../text/i18n.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { useKeys } from "../../ui/keys.ts";
import { Empty, Reading, useSlow } from "../../ui/Notice.tsx";
import { usePaged } from "../../ui/paged.ts";
import { useTitle } from "../../ui/Root.tsx";
import { SearchField } from "../../ui/SearchField.tsx";
import { Age } from "../../ui/Time.tsx";
import { siteOrder } from "../order.ts";
import {
  attention,
  filters,
  joinSort,
  joinStatuses,
  nextSort,
  parseSort,
  siteSorts,
  type SitesSearch,
} from "../search.ts";
import { SiteCard, useSiteColumns } from "./columns.tsx";
import { SaveSites } from "./SaveSites.tsx";
import { StatusFilter } from "./StatusFilter.tsx";
import style from "./SitesPage.module.css";

const route = getRouteApi("/inside/sites");
const trimMs = 3000;
const needyStatuses = joinStatuses(attention);

const Filters = lazy(async () => {
  const [part] = await Promise.all([import("./Filters.tsx"), laterWords()]);
  return part;
});

/* The row that was opened last: back in the list, one goes on from there. */
let lastRow: string | null = null;

/* Pages far beyond what is looked at are let go, so that they are not read again and again. */
function useTrim(search: SitesSearch, loaded: number, rowsSeen: number): void {
  useEffect(() => {
    if (loaded <= 2) return;
    const timer = setTimeout(() => {
      queries.setQueryData(sitesQuery(search).queryKey, (old) => {
        if (!old) return old;
        let rows = 0;
        const keep = old.pages.findIndex((page) => (rows += page.items.length) > rowsSeen) + 2;
        if (keep < 2 || keep >= old.pages.length) return old;
        return { pages: old.pages.slice(0, keep), pageParams: old.pageParams.slice(0, keep) };
      });
    }, trimMs);
    return () => clearTimeout(timer);
  }, [search, loaded, rowsSeen]);
}

function Summary({ counts, readAt, search }: { counts: SiteList["counts"]; readAt: number; search: SitesSearch }) {
  const text = useText();
  const all = Object.values(counts).reduce((sum, n) => sum + (n ?? 0), 0);
  const needy = attention.reduce((sum, s) => sum + (counts[s] ?? 0), 0);
  const silent = counts.offline ?? 0;
  const off = counts.monitoring_off ?? 0;

  return (
    <div className={style.summary}>
      <Facts live>
        <strong>{text.count("ui.sites.count", all)}</strong>
        {needy > 0 ? (
          <Link from="/sites" to="." search={(old) => ({ ...old, status: needyStatuses })}>
            {text.count("ui.sites.attention", needy)}
          </Link>
        ) : (
          text.t("ui.sites.attention.none")
        )}
        {silent > 0 && text.count("ui.sites.silent", silent)}
        {off > 0 && text.count("ui.sites.off", off)}
      </Facts>
      <span className={style.read}>
        {text.t("ui.read")} <Age at={readAt} />
        {all > 0 && <SaveSites search={search} />}
      </span>
    </div>
  );
}

export function SitesPage() {
  const text = useText();
  const { t } = text;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sort = parseSort(siteSorts, search.sort);
  const columns = useSiteColumns();
  const list = useInfiniteQuery(sitesQuery(search));
  const { data, isPlaceholderData } = list;
  const narrowed = filters.filter((name) => search[name]).length;
  const [open, setOpen] = useState(narrowed > 0);
  const dim = useSlow(isPlaceholderData);
  useTitle(t("ui.sites.title"));

  const order = useMemo(() => siteOrder({ by: sort.by, down: sort.down }), [sort.by, sort.down]);
  const { rows, total, newest, reach, onReach } = usePaged(list, order);

  useTrim(search, data?.pages.length ?? 0, reach);
  const walk = useMemo(() => ({ start: lastRow, onWalk: (id: string) => void (lastRow = id) }), []);
  const onSort = useCallback(
    (by: (typeof siteSorts)[number]) =>
      void navigate({
        search: (old) => ({
          ...old,
          sort: joinSort(siteSorts, nextSort(parseSort(siteSorts, old.sort), by)),
        }),
        replace: true,
      }),
    [navigate],
  );

  return (
    <div className={style.page}>
      <h1 className="sr-only">{t("ui.sites.title")}</h1>
      <div className={style.tools}>
        <SearchField
          label={t("ui.sites.search")}
          query={search.query ?? ""}
          onQuery={(query) =>
            void navigate({ search: (old) => ({ ...old, query: query || undefined }), replace: true })
          }
        />
        {newest && <StatusFilter counts={newest.counts} />}
        <div className={style.buttons}>
          <Button
            variant="default"
            className={style.filters}
            data-set={narrowed > 0}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            leftSection={<IconFilter size={16} aria-hidden />}
          >
            {t("ui.sites.filters")}
            {narrowed > 0 && <span className={style.narrowed}>{text.number(narrowed)}</span>}
          </Button>
          <AddSite />
        </div>
      </div>
      {open && (
        <Suspense fallback={null}>
          <Filters />
        </Suspense>
      )}
      {newest && <Summary counts={newest.counts} readAt={list.dataUpdatedAt} search={search} />}
      <Reading read={list} />
      {data && rows.length > 0 && (
        <DataTable
          label={t("ui.sites.title")}
          columns={columns}
          rows={rows}
          total={total}
          remember="sites"
          sort={sort}
          question={JSON.stringify(search)}
          onSort={onSort}
          card={SiteCard}
          onReach={onReach}
          dim={dim}
          fill
          walk={walk}
        />
      )}
      {data && rows.length === 0 && <Nothing filtered={Boolean(search.query ?? search.status) || narrowed > 0} />}
    </div>
  );
}

function AddSite() {
  const { t } = useText();
  const navigate = useNavigate();

  useKeys({ a: () => void navigate({ to: "/add" }) });
  return (
    <Button
      renderRoot={(props) => <Link to="/add" {...props} />}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {t("ui.sites.add")}
    </Button>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useText();
  const navigate = route.useNavigate();

  if (filtered)
    return (
      <Empty title={t("ui.sites.no_match")}>
        <button
          type="button"
          className={style.link}
          onClick={() => void navigate({ search: (old) => ({ sort: old.sort }) })}
        >
          {t("ui.sites.show_all")}
        </button>
      </Empty>
    );
  return (
    <Empty
      icon={<IconMapPinPlus size={32} stroke={1.5} aria-hidden />}
      title={t("ui.sites.none.title")}
    >
      <p>{t("ui.sites.none.text")}</p>
      <Link to="/add">{t("ui.sites.add")}</Link>
    </Empty>
  );
}
