/* One site: how it is, why, what the customer allows; then its parts by tab.  Loaded when a site
 * is first opened. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { api, call, type Site } from "../../api/client.ts";
import { asApiError } from "../../api/error.ts";
import { meQuery, queries, siteQuery } from "../../api/queries.ts";
import { hubNow } from "../../text/clock.ts";
import { useText, type TextKey } from "../../text/i18n.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Empty, Failed, Stale, Waiting } from "../../ui/Notice.tsx";
import { PermissionPanel } from "../../ui/Permissions.tsx";
import { Rename } from "../../ui/Rename.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { Status } from "../../ui/Status.tsx";
import { Age } from "../../ui/Time.tsx";
import { NoteCard } from "../note/Note.tsx";
import { OpenButtons, Opening } from "../session/Opening.tsx";
import { useSessionWord } from "../session/words.ts";
import { tabs, type Tab } from "../search.ts";
import { Archived } from "../archive/Archived.tsx";
import { ChangesTab } from "./ChangesTab.tsx";
import { ConnectorTab } from "./ConnectorTab.tsx";
import { DevicesTab } from "./DevicesTab.tsx";
import { HealthTab } from "./HealthTab.tsx";
import { InfrastructureTab } from "./InfrastructureTab.tsx";
import { LicenceTab } from "./LicenceTab.tsx";
import { Reasons } from "./Reasons.tsx";
import { here, route } from "./route.ts";
import { RulesTab } from "./RulesTab.tsx";
import { SessionsTab } from "./SessionsTab.tsx";
import style from "./SitePage.module.css";
import { UsageTab } from "./UsageTab.tsx";
import { lastVisit } from "./visit.ts";
import { useWhy, WhyLink } from "./WhyLink.tsx";

export const siteRoute = createLazyRoute("/inside/sites/$id")({ component: SitePage });

function About({ site, entitled }: { site: Site; entitled: boolean }) {
  const { t } = useText();
  const { server, connector } = site;

  return (
    <Facts>
      {server && (
        <span>
          {server.product} {server.version}
        </span>
      )}
      {server?.os && server.os !== "other" && <span>{server.os}</span>}
      {connector?.version && (
        <span>{t("ui.site.connector", { version: connector.version })}</span>
      )}
      {site.last_seen && (
        <span>
          {t("ui.site.seen")} <Age at={site.last_seen} />
        </span>
      )}
      {entitled && (
        <Link to="/users" search={{ customer: site.customer.id }}>
          {t("site.entitled")}
        </Link>
      )}
    </Facts>
  );
}

function Head({ site }: { site: Site }) {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);
  const { edit } = route.useSearch();
  const navigate = useNavigate({ from: here.from });
  const may = me?.rights.includes("sites");
  const turn = (on: boolean) =>
    void navigate({ search: (old) => ({ ...old, edit: on ? "1" : undefined }), replace: true, resetScroll: false });
  const save = async (name: string) => {
    const params = { path: { id: site.id } };
    const renamed = await call(api.PATCH("/api/v1/sites/{id}", { params, body: { name } }));
    queries.setQueryData(siteQuery(site.id).queryKey, renamed);
    void queries.invalidateQueries({ queryKey: ["sites"] });
  };

  return (
    <header className={style.head}>
      <nav className={style.crumbs} aria-label={t("ui.site.crumbs")}>
        <Link to="/customers">{t("ui.customers.title")}</Link>
        <span aria-hidden>/</span>
        <Link to="/customers/$id" params={{ id: site.customer.id }}>
          {site.customer.name}
        </Link>
      </nav>
      <div className={style.title}>
        <h1>
          {site.customer.name} <span className={style.slash}>/</span> {site.name}
        </h1>
        <Status of="status" is={site.status} large />
        <OpenButtons site={site} />
        {may && !edit && (
          <Button size="xs" variant="default" onClick={() => turn(true)}>
            {t("rename.site")}
          </Button>
        )}
      </div>
      {may && edit && <Rename name={site.name} id={site.id} save={save} done={() => turn(false)} />}
      <About site={site} entitled={me?.rights.includes("users") ?? false} />
    </header>
  );
}

function Allowed({ site }: { site: Site }) {
  const { t } = useText();
  const open = useWhy("permissions");

  return (
    <PermissionPanel
      of={site.permissions}
      open={open}
      toggle={
        <WhyLink name="permissions" opens="permissions-list" of={t("ui.permission.title")} />
      }
    />
  );
}

/* On a phone the tabs scroll sideways: the open one is brought into view. */
function Tabs({ site, open }: { site: Site; open: Tab }) {
  const { t, number } = useText();
  const bar = useRef<HTMLElement>(null);
  const names: Record<Tab, TextKey> = {
    health: "ui.tab.health",
    devices: "ui.tab.devices",
    infrastructure: "site.infrastructure.title",
    licence: "site.licence.title",
    usage: "site.usage.title",
    sessions: "ui.sessions.title",
    note: "note.title",
    changes: "site.change.tab",
    connector: "ui.tab.connector",
    rules: "ui.rules.title",
  };

  useEffect(() => {
    const link = bar.current?.children[tabs.indexOf(open)];
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [open]);
  return (
    <nav ref={bar} className={style.tabs} aria-label={t("ui.site.parts")}>
      {tabs.map((name) => (
        <Link key={name} {...here} search={{ tab: name === "health" ? undefined : name }}>
          {t(names[name])}
          {name === "devices" && site.devices.total > 0 && (
            <span className={style.count}>{number(site.devices.total)}</span>
          )}
        </Link>
      ))}
    </nav>
  );
}

function SitePage() {
  const { t } = useText();
  const { id } = route.useParams();
  const visit = useMemo(() => lastVisit(id, hubNow()), [id]);
  const { tab = "health", session } = route.useSearch();
  const word = useSessionWord(session);
  const { data: site, error, dataUpdatedAt, refetch } = useQuery(siteQuery(id));
  const gone = error && asApiError(error).status === 404;
  const name = site && `${site.customer.name} / ${site.name}`;
  useTitle(name ? (word ? `${word}: ${name}` : name) : gone ? t("ui.not_found.title") : "");

  if (gone)
    return (
      <Empty heading title={t("ui.not_found.site")}>
        <p>{t("ui.not_found.site.text")}</p>
        <Link to="/sites">{t("ui.not_found.sites")}</Link>
      </Empty>
    );
  if (!site && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!site) return <Waiting />;
  return (
    <div className={style.page} data-scroll-restoration-id="site">
      <div className={style.inner}>
        {error && <Stale error={error} at={dataUpdatedAt} retry={() => void refetch()} />}
        <Head site={site} />
        <Archived site={site} />
        <Opening key={id} site={site} />
        <Reasons site={site} />
        <Allowed site={site} />
        <Tabs site={site} open={tab} />
        {tab === "health" && <HealthTab site={site} />}
        {tab === "devices" && <DevicesTab site={site} />}
        {tab === "infrastructure" && <InfrastructureTab site={site} />}
        {tab === "licence" && <LicenceTab site={site} />}
        {tab === "usage" && <UsageTab site={site} />}
        {tab === "sessions" && <SessionsTab site={site} />}
        {tab === "note" && <NoteCard key={id} of={{ kind: "sites", id }} />}
        {tab === "rules" && <RulesTab site={site} />}
        {tab === "changes" && <ChangesTab site={site} visit={visit} />}
        {tab === "connector" && <ConnectorTab site={site} />}
      </div>
    </div>
  );
}
