/* One customer: its sites and what was written down of it. */
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, call, type CustomerRow } from "../../api/client.ts";
import { asApiError } from "../../api/error.ts";
import { customerQuery, meQuery, queries, sitesQuery } from "../../api/queries.ts";
import { isLanguage, languageNames, useText, type Language } from "../../text/i18n.ts";
import { LanguageSelect } from "../../ui/Choices.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Empty, Failed, Stale, Waiting } from "../../ui/Notice.tsx";
import { Rename } from "../../ui/Rename.tsx";
import fields from "../../ui/Rename.module.css";
import { usePaged } from "../../ui/paged.ts";
import { useTitle } from "../../ui/Root.tsx";
import { Status } from "../../ui/Status.tsx";
import { Day } from "../../ui/Time.tsx";
import { ArchiveActions } from "../archive/ArchiveActions.tsx";
import { NoteCard } from "../note/Note.tsx";
import { siteOrder } from "../order.ts";
import { joinSort, nextSort, parseSort, siteSorts } from "../search.ts";
import style from "../site/SitePage.module.css";
import { SiteCard, useSiteColumns } from "../sites/columns.tsx";
import { needy } from "./CustomersPage.tsx";
import own from "./CustomerPage.module.css";

const route = getRouteApi("/inside/customers/$id");

function Edit({ customer, done }: { customer: CustomerRow; done: () => void }) {
  const { t } = useText();
  const [language, setLanguage] = useState<Language>(isLanguage(customer.language) ? customer.language : "en");
  const save = async (name: string) => {
    const params = { path: { customer: customer.id } };
    /* A name of before may be one that is not taken any more. */
    const body = { language, ...(name !== customer.name && { name }) };
    await call(api.PATCH("/api/v1/customers/{customer}", { params, body }));
    for (const key of ["customer", "customers", "sites", "site"])
      void queries.invalidateQueries({ queryKey: [key] });
  };

  return (
    <Rename name={customer.name} id={customer.id} save={save} done={done}>
      <label className={fields.field} title={t("customer.language.means")}>
        <span>{t("ui.language")}</span>
        <LanguageSelect value={language} onChange={setLanguage} />
      </label>
    </Rename>
  );
}

function About({ customer }: { customer: CustomerRow }) {
  const text = useText();
  const bad = needy(customer);

  return (
    <Facts>
      <strong>{text.count("ui.sites.count", customer.sites)}</strong>
      {bad > 0 && text.count("customer.attention", bad)}
      {isLanguage(customer.language) ? languageNames[customer.language] : customer.language}
      <span>
        {text.t("customer.created")} <Day at={customer.created_at} />
      </span>
    </Facts>
  );
}

function Head({ customer }: { customer: CustomerRow }) {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);
  const { edit } = route.useSearch();
  const navigate = route.useNavigate();
  const turn = (on: boolean) =>
    void navigate({ search: (old) => ({ ...old, edit: on ? "1" : undefined }), replace: true, resetScroll: false });
  const may = me?.rights.includes("customers");

  return (
    <header>
      <nav className={style.crumbs} aria-label={t("ui.site.crumbs")}>
        <Link to="/customers">{t("ui.customers.title")}</Link>
      </nav>
      {edit && may ? (
        <>
          <h1 className="sr-only">{customer.name}</h1>
          <Edit customer={customer} done={() => turn(false)} />
        </>
      ) : (
        <div className={style.title}>
          <h1>{customer.name}</h1>
          {customer.status && <Status of="status" is={customer.status} large />}
          {may && (
            <Button size="xs" variant="default" onClick={() => turn(true)}>
              {t("rename.customer")}
            </Button>
          )}
        </div>
      )}
      <About customer={customer} />
    </header>
  );
}

function Sites({ customer }: { customer: CustomerRow }) {
  const { t } = useText();
  const { sort: asked } = route.useSearch();
  const navigate = route.useNavigate();
  const sort = parseSort(siteSorts, asked);
  const columns = useSiteColumns();
  const list = useInfiniteQuery(sitesQuery({ customer: customer.id, sort: asked, archived: customer.archived_at ? true : undefined }));
  const { data, error } = list;
  const order = useMemo(() => siteOrder({ by: sort.by, down: sort.down }), [sort.by, sort.down]);
  const { rows, total, onReach } = usePaged(list, order);
  const walk = useMemo(() => ({ start: null, onWalk: () => undefined }), []);

  if (!data) return error ? <Failed error={error} retry={() => void list.refetch()} /> : <Waiting />;
  if (rows.length === 0)
    return (
      <Empty title={t("customer.no_sites")}>
        {!customer.archived_at && <Link to="/add">{t("ui.sites.add")}</Link>}
      </Empty>
    );
  return (
    <DataTable
      label={t("customer.sites")}
      columns={columns}
      rows={rows}
      total={total}
      remember="sites"
      sort={sort}
      onSort={(by) =>
        void navigate({
          search: (old) => ({ ...old, sort: joinSort(siteSorts, nextSort(sort, by)) }),
          replace: true,
          resetScroll: false,
        })
      }
      card={SiteCard}
      onReach={onReach}
      walk={walk}
    />
  );
}

function CustomerPage() {
  const { t } = useText();
  const { id } = route.useParams();
  const { data: customer, error, dataUpdatedAt, refetch } = useQuery(customerQuery(id));
  const { data: me } = useQuery(meQuery);
  const gone = error && asApiError(error).status === 404;
  useTitle(customer ? customer.name : gone ? t("ui.not_found.title") : "");

  if (gone)
    return (
      <Empty heading title={t("customer.gone")}>
        <p>{t("customer.gone.text")}</p>
        <Link to="/customers">{t("customer.gone.all")}</Link>
      </Empty>
    );
  if (!customer && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!customer) return <Waiting />;
  return (
    <div className={style.page} data-scroll-restoration-id="customer">
      <div className={style.inner}>
        {error && <Stale error={error} at={dataUpdatedAt} retry={() => void refetch()} />}
        <Head customer={customer} />
        <section aria-labelledby="sites">
          <div className={own.top}>
            <h2 id="sites">{t("customer.sites")}</h2>
            {customer.sites > 0 && !customer.archived_at && (
              <Facts>
                <Link to="/sites" search={{ customer: id }}>
                  {t("customer.sites.list")}
                </Link>
                <Link to="/licences" search={{ customer: id }}>
                  {t("ui.licences.title")}
                </Link>
                {me?.rights.includes("users") && (
                  <Link to="/users" search={{ customer: id }}>
                    {t("users.entitled")}
                  </Link>
                )}
              </Facts>
            )}
          </div>
          <Sites customer={customer} />
        </section>
        <NoteCard key={id} of={{ kind: "customers", id }} />
        <ArchiveActions kind="customer" id={id} name={customer.name} archivedAt={customer.archived_at} />
      </div>
    </div>
  );
}

export const customerRoute = createLazyRoute("/inside/customers/$id")({ component: CustomerPage });
