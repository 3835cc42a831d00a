/* What changed at the site since the last visit, yesterday, last week or last month: the change log
 * in words, newest first. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Site, SiteChange } from "../../api/client.ts";
import { changesQuery } from "../../api/queries.ts";
import { hubNow } from "../../text/clock.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { Empty, Failed } from "../../ui/Notice.tsx";
import { Moment } from "../../ui/Time.tsx";
import { sinces, type Since } from "../search.ts";
import card from "./ChartCard.module.css";
import style from "./ChangesTab.module.css";
import { codeWords, factWords, verbWords } from "./changes.ts";
import { here, route } from "./route.ts";

const sinceMs: Record<Exclude<Since, "visit">, number> = {
  "24h": 24 * 3600_000,
  "7d": 7 * 24 * 3600_000,
  "30d": 30 * 24 * 3600_000,
};

function begin(since: Since, visit: number | null): number {
  return since === "visit" ? (visit ?? 0) : hubNow() - sinceMs[since];
}

function Who({ change }: { change: SiteChange }) {
  const { t } = useText();
  const { kind, name } = change.actor;
  if (kind === "user") return <>{t("site.change.by", { name: name ?? t("site.change.nobody") })}</>;
  if (kind === "connector" && change.verb === "permission_changed") return <>{t("site.change.by_customer")}</>;
  return null;
}

function Reasons({ text, fact }: { text: Text; fact: SiteChange["facts"][number] }) {
  const codes = (s: string | null) => (s ? s.split(" ") : []);
  const was = codes(fact.before);
  const is = codes(fact.after);
  const lines: [string, string[]][] = [
    [text.t("site.change.new"), is.filter((c) => !was.includes(c))],
    [text.t("site.change.over"), was.filter((c) => !is.includes(c))],
  ];
  return lines
    .filter(([, list]) => list.length > 0)
    .map(([title, list]) => (
      <li key={title}>
        <span className={style.dim}>{title}</span> {list.map((c) => codeWords(text, c)).join(", ")}
      </li>
    ));
}

function Fact({ text, fact }: { text: Text; fact: SiteChange["facts"][number] }) {
  if (fact.name === "reasons") return <Reasons text={text} fact={fact} />;
  const words = factWords(text, fact);
  return (
    <li>
      <span className={style.dim}>{words.name}</span>{" "}
      {words.before && (
        <>
          {words.before} <span aria-label={text.t("site.change.becomes")}>→</span>{" "}
        </>
      )}
      <strong>{words.after}</strong>
    </li>
  );
}

function Row({ change }: { change: SiteChange }) {
  const text = useText();
  return (
    <li className={style.row}>
      <span className={style.when}>
        <Moment at={change.at} />
      </span>
      <div>
        <p className={style.what}>
          {verbWords(text, change.verb)}{" "}
          <span className={style.dim}>
            <Who change={change} />
          </span>
        </p>
        <ul className={style.facts}>
          {change.facts.map((fact) => (
            <Fact key={fact.name} text={text} fact={fact} />
          ))}
        </ul>
      </div>
    </li>
  );
}

function Choice({ chosen, visit }: { chosen: Since; visit: number | null }) {
  const { t } = useText();
  return (
    <nav className={card.periods} aria-label={t("site.change.since")}>
      {sinces
        .filter((s) => s !== "visit" || visit !== null)
        .map((s) => (
          <Link
            key={s}
            {...here}
            search={(old) => ({ ...old, since: s })}
            aria-current={s === chosen ? "page" : undefined}
          >
            {t(`site.since.${s}`)}
          </Link>
        ))}
    </nav>
  );
}

/* `visit`: when this browser showed the site before; null: never. */
export function ChangesTab({ site, visit }: { site: Site; visit: number | null }) {
  const { t } = useText();
  const asked = route.useSearch().since;
  const usual: Since = visit === null ? "7d" : "visit";
  const since = asked === "visit" && visit === null ? usual : (asked ?? usual);
  const read = useInfiniteQuery(changesQuery(site.id, since, begin(since, visit)));
  const rows = read.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <section className={card.card} aria-labelledby="changes">
      <div className={card.top}>
        <h2 id="changes">{t("site.change.title")}</h2>
        <Choice chosen={since} visit={visit} />
      </div>
      {since === "visit" && visit !== null && (
        <p className={style.visit}>
          {t("site.change.visit")} <Moment at={visit} />
        </p>
      )}
      {read.error && <Failed error={read.error} retry={() => void read.refetch()} />}
      {read.data && rows.length === 0 && <Empty title={t("site.change.none")} />}
      <ol className={style.list}>
        {rows.map((change) => (
          <Row key={change.seq} change={change} />
        ))}
      </ol>
      {read.hasNextPage && (
        <Button size="xs" variant="default" onClick={() => void read.fetchNextPage()}>
          {t("site.change.more")}
        </Button>
      )}
    </section>
  );
}
