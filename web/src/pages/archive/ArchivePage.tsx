/* What has been put aside: customers, and sites of customers that have not been. */
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { Day } from "../../ui/Time.tsx";
import add from "../add/AddPage.module.css";
import { ArchiveActions } from "./ArchiveActions.tsx";
import style from "./ArchivePage.module.css";
import type { Kind } from "./verbs.ts";

/* More than a person looks through: the search finds the others. */
const shown = 100;

function useArchive(query: string) {
  const ask = { params: { query: { archived: true, limit: shown, query } } };
  return useQuery({
    queryKey: ["archive", query],
    queryFn: async ({ signal }) => {
      const [customers, sites] = await Promise.all([
        call(api.GET("/api/v1/customers", { ...ask, signal })),
        call(api.GET("/api/v1/sites", { ...ask, signal })),
      ]);
      return { customers, sites };
    },
  });
}

interface ItemProps {
  kind: Kind;
  id: string;
  name: string;
  archivedAt: string | null;
  of?: string;
}

function Item({ kind, id, name, archivedAt, of }: ItemProps) {
  const { t } = useText();
  const [open, setOpen] = useState(false);

  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className={style.name}>{of ? `${of} / ${name}` : name}</span>
          {archivedAt && (
            <span className={style.since}>
              {t("archive.since")} <Day at={archivedAt} />
            </span>
          )}
        </summary>
        <p>
          {kind === "site" ? (
            <Link to="/sites/$id" params={{ id }}>
              {t("archive.open")}
            </Link>
          ) : (
            <Link to="/customers/$id" params={{ id }}>
              {t("archive.open.customer")}
            </Link>
          )}
        </p>
        {open && <ArchiveActions kind={kind} id={id} name={name} archivedAt={archivedAt} inArchive />}
      </details>
    </li>
  );
}

function ArchivePage() {
  const { t, count } = useText();
  const [query, setQuery] = useState("");
  const { data, error, refetch } = useArchive(query);
  useTitle(t("archive.page"));
  /* Those of an archived customer come and go with it. */
  const sites = data?.sites.items.filter((s) => !s.customer.archived_at) ?? [];
  const more = data ? data.customers.total - data.customers.items.length + data.sites.total - data.sites.items.length : 0;

  return (
    <div className={add.page} data-scroll-restoration-id="archive">
      <h1>{t("archive.page")}</h1>
      <p>{t("archive.page.means")}</p>
      <input
        type="search"
        className={style.search}
        aria-label={t("archive.search")}
        placeholder={t("archive.search")}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!error && !data && <Waiting />}
      {data && data.customers.items.length + sites.length === 0 && <p role="status">{t("archive.none")}</p>}
      {data && data.customers.items.length > 0 && (
        <>
          <h2 className={style.head}>{t("archive.customers")}</h2>
          <ul className={style.list}>
            {data.customers.items.map((c) => (
              <Item key={c.id} kind="customer" id={c.id} name={c.name} archivedAt={c.archived_at} />
            ))}
          </ul>
        </>
      )}
      {sites.length > 0 && (
        <>
          <h2 className={style.head}>{t("archive.sites")}</h2>
          <ul className={style.list}>
            {sites.map((s) => (
              <Item key={s.id} kind="site" id={s.id} name={s.name} of={s.customer.name} archivedAt={s.archived_at} />
            ))}
          </ul>
        </>
      )}
      {more > 0 && <p>{count("archive.more", more)}</p>}
    </div>
  );
}

export const archiveRoute = createLazyRoute("/inside/archive")({ component: ArchivePage });
