/* All licences of all customers: what has to be renewed, and when (R4, R38).  Search, filter and order are in the address. */
import { Button, CloseButton } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { LicenceList } from "../../api/client.ts";
import { allLicences, customerQuery, licencesQuery } from "../../api/queries.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { csvText, saveCsv } from "../../text/csv.ts";
import { useText } from "../../text/i18n.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Empty, Reading, useSlow } from "../../ui/Notice.tsx";
import { usePaged } from "../../ui/paged.ts";
import { useTitle } from "../../ui/Root.tsx";
import { SearchField } from "../../ui/SearchField.tsx";
import { Age } from "../../ui/Time.tsx";
import { licenceOrder } from "../order.ts";
import { joinSort, licenceSorts, nextSort, parseSort, type LicenceSort, type LicencesSearch } from "../search.ts";
import session from "../session/Session.module.css";
import list from "../sites/SitesPage.module.css";
import chips from "../sites/StatusFilter.module.css";
import { LicenceCard, OriginMark, useLicenceColumns } from "./columns.tsx";
import style from "./Licences.module.css";
import { countOf, groups, licencesCsv } from "./model.ts";

const route = getRouteApi("/inside/licences");
let lastRow: string | null = null;

/* When something has to be done, with how many there are: one answer at a time. */
function Renewals({ counts }: { counts: LicenceList["renewals"] }) {
  const { t, number } = useText();
  const { renewal } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = (words: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, renewal: words }) });

  return (
    <div className={chips.bar} role="group" aria-label={t("licence.filter")}>
      <button type="button" className={chips.chip} aria-pressed={!renewal} onClick={() => choose(undefined)}>
        {t("ui.sites.all")}
      </button>
      {groups.map(([name, words]) => (
        <button
          key={name}
          type="button"
          className={chips.chip}
          aria-pressed={renewal === words.join(",")}
          onClick={() => choose(words.join(","))}
        >
          {t(`licence.renewal.${name}`)}
          <span className={chips.count}>{number(countOf(counts, words))}</span>
        </button>
      ))}
    </div>
  );
}

function CustomerFilter({ id }: { id: string }) {
  const { t } = useText();
  const navigate = route.useNavigate();
  const { data } = useQuery(customerQuery(id));
  return (
    <span className={session.chosen}>
      <span>{data?.name ?? id}</span>
      <CloseButton
        size="sm"
        aria-label={t("licence.all_customers")}
        onClick={() => void navigate({ search: (old) => ({ ...old, customer: undefined }) })}
      />
    </span>
  );
}

/* All that the question is answered by, not only what was scrolled to. */
function Save({ search, onError }: { search: LicencesSearch; onError: (error: ApiError | null) => void }) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    onError(null);
    try {
      saveCsv("licences.csv", csvText(licencesCsv(text, await allLicences(search))));
    } catch (caught) {
      onError(asApiError(caught));
    }
    setBusy(false);
  };
  return (
    <Button
      variant="default"
      className={list.add}
      loading={busy}
      leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
      onClick={() => void save()}
    >
      {text.t("licence.save")}
    </Button>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useText();
  if (!filtered)
    return (
      <Empty title={t("ui.sites.none.title")}>
        <p>{t("licence.none.text")}</p>
        <Link to="/add">{t("ui.sites.add")}</Link>
      </Empty>
    );
  return (
    <Empty title={t("licence.no_match")}>
      <Link from="/licences" to="." search={{}}>
        {t("licence.show_all")}
      </Link>
    </Empty>
  );
}

function LicencesPage() {
  const text = useText();
  const { t } = text;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const sort = parseSort(licenceSorts, search.sort);
  const columns = useLicenceColumns();
  const read = useInfiniteQuery(licencesQuery(search));
  const { data } = read;
  const [refused, setRefused] = useState<ApiError | null>(null);
  const order = useMemo(() => licenceOrder({ by: sort.by, down: sort.down }), [sort.by, sort.down]);
  const { rows, total, newest, onReach } = usePaged(read, order);
  const dim = useSlow(read.isPlaceholderData);
  const walk = useMemo(() => ({ start: lastRow, onWalk: (id: string) => void (lastRow = id) }), []);
  const onSort = useCallback(
    (by: LicenceSort) =>
      void navigate({
        search: (old) => ({ ...old, sort: joinSort(licenceSorts, nextSort(parseSort(licenceSorts, old.sort), by)) }),
        replace: true,
      }),
    [navigate],
  );
  useTitle(t("ui.licences.title"));

  return (
    <div className={list.page}>
      <h1 className="sr-only">{t("ui.licences.title")}</h1>
      <div className={list.tools}>
        <SearchField
          label={t("licence.search")}
          query={search.query ?? ""}
          onQuery={(query) =>
            void navigate({ search: (old) => ({ ...old, query: query || undefined }), replace: true })
          }
        />
        {newest && <Renewals counts={newest.renewals} />}
        {search.customer && <CustomerFilter id={search.customer} />}
        <Save search={search} onError={setRefused} />
      </div>
      {refused && (
        <p role="alert" className={session.refused}>
          {errorText(text, refused)}
        </p>
      )}
      {newest && (
        <div className={list.summary}>
          <Facts live>
            <strong>{text.count("ui.sites.count", newest.total)}</strong>
          </Facts>
          <span className={style.legend}>
            {t("licence.said_by")}
            {(["server", "customer", "provider"] as const).map((origin) => (
              <OriginMark key={origin} of={origin} named />
            ))}
          </span>
          <span className={list.read}>
            {t("ui.read")} <Age at={read.dataUpdatedAt} />
          </span>
        </div>
      )}
      <Reading read={read} />
      {data && rows.length > 0 && (
        <DataTable
          label={t("ui.licences.title")}
          columns={columns}
          rows={rows}
          total={total}
          remember="licences"
          sort={sort}
          question={JSON.stringify(search)}
          onSort={onSort}
          card={LicenceCard}
          onReach={onReach}
          dim={dim}
          fill
          walk={walk}
        />
      )}
      {data && rows.length === 0 && (
        <Nothing filtered={Boolean(search.query ?? search.renewal ?? search.customer ?? search.product)} />
      )}
    </div>
  );
}

export const licencesRoute = createLazyRoute("/inside/licences")({ component: LicencesPage });
