/* All sessions, newest first: who was where, why, how long, and how it ended. */
import { CloseButton } from "@mantine/core";
import { IconDoorEnter } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { siteQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Empty, Reading, useSlow } from "../../ui/Notice.tsx";
import { usePaged } from "../../ui/paged.ts";
import { useTitle } from "../../ui/Root.tsx";
import { StatusIcon } from "../../ui/Status.tsx";
import { Age } from "../../ui/Time.tsx";
import { sessionGroups, type SessionsSearch } from "../search.ts";
import list from "../sites/SitesPage.module.css";
import chips from "../sites/StatusFilter.module.css";
import { byTime, newestFirst, sessionCard, sessionColumns } from "./columns.tsx";
import { sessionsQuery } from "./query.ts";
import style from "./Session.module.css";

const route = getRouteApi("/inside/sessions");
const card = sessionCard(true);
let lastRow: string | null = null;

function asked({ state, site }: SessionsSearch) {
  return state === "live" ? { site, live: true as const } : { site, state };
}

function Groups() {
  const { t } = useText();
  const { state } = route.useSearch();
  const navigate = route.useNavigate();

  return (
    <div className={chips.bar} role="group" aria-label={t("session.filter")}>
      {[undefined, ...sessionGroups].map((group) => (
        <button
          key={group ?? "all"}
          type="button"
          className={chips.chip}
          aria-pressed={state === group}
          onClick={() => void navigate({ search: (old) => ({ ...old, state: group }) })}
        >
          {group && group !== "live" && <StatusIcon is={group} size={15} />}
          {group === undefined ? t("ui.sites.all") : t(group === "live" ? "session.live" : `session.group.${group}`)}
        </button>
      ))}
    </div>
  );
}

function SiteFilter({ id }: { id: string }) {
  const { t } = useText();
  const navigate = route.useNavigate();
  const { data } = useQuery(siteQuery(id));
  return (
    <span className={style.chosen}>
      <span>{data ? `${data.customer.name} / ${data.name}` : id}</span>
      <CloseButton
        size="sm"
        aria-label={t("session.filter.site.remove")}
        onClick={() => void navigate({ search: (old) => ({ ...old, site: undefined }) })}
      />
    </span>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useText();

  if (filtered)
    return (
      <Empty title={t("session.no_match")}>
        <Link from="/sessions" to="." search={{}}>
          {t("session.show_all")}
        </Link>
      </Empty>
    );
  return (
    <Empty icon={<IconDoorEnter size={32} stroke={1.5} aria-hidden />} title={t("session.none")}>
      <p>{t("session.none.text")}</p>
      <Link to="/sites">{t("ui.not_found.sites")}</Link>
    </Empty>
  );
}

function SessionsPage() {
  const text = useText();
  const { t } = text;
  const search = route.useSearch();
  const columns = useMemo(() => sessionColumns(text, true), [text]);
  const read = useInfiniteQuery(sessionsQuery(asked(search)));
  const { data } = read;
  const { rows, total, onReach } = usePaged(read, newestFirst);
  const dim = useSlow(read.isPlaceholderData);
  const walk = useMemo(() => ({ start: lastRow, onWalk: (id: string) => void (lastRow = id) }), []);
  useTitle(t("ui.sessions.title"));

  return (
    <div className={list.page}>
      <h1 className="sr-only">{t("ui.sessions.title")}</h1>
      <div className={list.tools}>
        <Groups />
        {search.site && <SiteFilter id={search.site} />}
      </div>
      {data && (
        <div className={list.summary}>
          <strong aria-live="polite">{read.hasNextPage ? t("session.count.newest", { count: rows.length }) : text.count("session.count", rows.length)}</strong>
          <span className={list.read}>
            {t("ui.read")} <Age at={read.dataUpdatedAt} />
          </span>
        </div>
      )}
      <Reading read={read} />
      {data && rows.length > 0 && (
        <DataTable
          label={t("ui.sessions.title")}
          columns={columns}
          rows={rows}
          total={total}
          remember="sessions"
          sort={byTime}
          question={JSON.stringify(search)}
          onSort={() => {}}
          card={card}
          onReach={onReach}
          dim={dim}
          fill
          walk={walk}
        />
      )}
      {data && rows.length === 0 && <Nothing filtered={search.site !== undefined || search.state !== undefined} />}
    </div>
  );
}

export const sessionsRoute = createLazyRoute("/inside/sessions")({ component: SessionsPage });
