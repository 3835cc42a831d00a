/* What of the site can be opened, and who has been there. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Site } from "../../api/client.ts";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Empty, Failed, Stale, Waiting } from "../../ui/Notice.tsx";
import { usePaged } from "../../ui/paged.ts";
import { byTime, newestFirst, sessionCard, sessionColumns } from "../session/columns.tsx";
import { consoleTarget } from "../session/model.ts";
import { sessionsQuery, targetsQuery } from "../session/query.ts";
import style from "../session/Session.module.css";
import { targetName } from "../session/words.ts";
import { Card } from "./Card.tsx";
import { here } from "./route.ts";

const card = sessionCard(false);

function Targets({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const { data: targets, error, refetch } = useQuery(targetsQuery(site.id));
  const may = me?.rights.includes("sessions") ?? false;
  const rows = targets?.items ?? [];

  return (
    <Card id="targets" title="session.targets">
      {error && !targets && <Failed error={error} retry={() => void refetch()} />}
      <ul className={style.targets}>
        {rows.map((target) => (
          <li key={target.id}>
            <span className={style.target}>
              <span>{targetName(text, target)}</span>
              {target.id !== consoleTarget && (
                <span className={style.dim}>{text.find(`target.kind.${target.kind}`) ?? target.kind}</span>
              )}
            </span>
            {may && (
              <Link
                {...here}
                search={(old) => ({ ...old, open: target.id })}
                aria-label={t("session.open.name", { name: targetName(text, target) })}
              >
                {t("ui.open")}
              </Link>
            )}
          </li>
        ))}
      </ul>
      {rows.length === 0 && targets && <p className={style.dim}>{t("session.not.never_connected")}</p>}
      {rows.length === 1 && <p className={style.dim}>{t("session.targets.none")}</p>}
    </Card>
  );
}

function Past({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const columns = useMemo(() => sessionColumns(text, false), [text]);
  const read = useInfiniteQuery(sessionsQuery({ site: site.id }));
  const { rows, total, onReach } = usePaged(read, newestFirst);
  const { data, error } = read;
  const again = () => void read.refetch();

  if (!data && error) return <Failed error={error} retry={again} />;
  if (!data) return <Waiting />;
  if (rows.length === 0) return <Empty title={t("session.none.here")} />;
  return (
    <>
      {error && <Stale error={error} at={read.dataUpdatedAt} retry={again} />}
      <DataTable
        label={t("ui.sessions.title")}
        columns={columns}
        rows={rows}
        total={total}
        remember="site-sessions"
        sort={byTime}
        onSort={() => {}}
        card={card}
        onReach={onReach}
      />
    </>
  );
}

export function SessionsTab({ site }: { site: Site }) {
  const { t } = useText();
  return (
    <section className={style.tab} aria-label={t("ui.sessions.title")}>
      <Targets site={site} />
      <Past site={site} />
    </section>
  );
}
