/* One value over time: its last value as text, gaps as gaps, how much is covered, and the same as a
 * table.  The drawing itself is loaded only when it is needed. */
import { IconChartLine, IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import type { Site } from "../../api/client.ts";
import { seriesQuery, type SeriesData } from "../../api/queries.ts";
import { exact, percent, utcDay, withUnit } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { Empty, Failed, Stale, useSlow } from "../../ui/Notice.tsx";
import { Age } from "../../ui/Time.tsx";
import { periods, usualPeriod } from "../search.ts";
import style from "./ChartCard.module.css";
import { prepare, runs, type Prepared } from "./points.ts";
import { here, route } from "./route.ts";

const Chart = lazy(() => import("./Chart.tsx"));
const tableRows = 500;
const hourMs = 3600_000;
const dayMs = 24 * hourMs;
/* What is shown before one chooses: first what somebody may have to act on. */
const firstSeries = ["printers_in_error", "devices_in_error"];

export function seriesName(text: Text, name: string): string {
  return text.find(`ui.series.${name}`) ?? name;
}

function Last({ data, ready }: { data: SeriesData; ready: Prepared }) {
  const text = useText();
  if (!ready.last) return <p className={style.last}>{text.t("site.chart.no_value")}</p>;
  return (
    <p className={style.last}>
      <strong>{withUnit(text, ready.last.value, data.unit)}</strong>
      <span>
        {text.t("ui.read")} <Age at={ready.last.at} />
      </span>
    </p>
  );
}

/* Where there is something and where there is nothing, below the axis. */
function Coverage({ data, ready }: { data: SeriesData; ready: Prepared }) {
  const { t, locale } = useText();
  const whole = data.to - data.from;
  const share = (ms: number) => `${(100 * ms) / whole}%`;

  return (
    <div className={style.coverage}>
      <div className={style.strip} aria-hidden>
        {ready.gaps.map(([a, b]) => (
          <span key={a} style={{ left: share(a - data.from), width: share(b - a) }} />
        ))}
      </div>
      <span>{t("site.chart.coverage", { share: percent(locale, data.coverage) })}</span>
    </div>
  );
}

/* What is not covered and why, and whose time it is. */
function Honest({ data }: { data: SeriesData }) {
  const { t, locale } = useText();
  const zone = Intl.DateTimeFormat(locale).resolvedOptions().timeZone;
  const rest = 1 - data.coverage - data.off_by_customer;

  return (
    <p className={style.honest}>
      {data.off_by_customer > 0 && (
        <>{t("site.chart.off", { share: percent(locale, data.off_by_customer) })} </>
      )}
      {rest >= 0.001 && <>{t("site.chart.silent", { share: percent(locale, rest) })} </>}
      {t(data.step_ms < dayMs ? "site.chart.zone" : "site.chart.zone.days", { zone })}
    </p>
  );
}

/* Where a row stands for much: what the value did within each step. */
function StepTable({ data }: { data: SeriesData }) {
  const text = useText();
  const { t, locale } = text;
  const shown = (at: number) => (data.step_ms < dayMs ? exact(locale, at) : utcDay(locale, at));
  const list = data.buckets.slice(-tableRows).reverse();
  const missing = data.buckets.length - list.length;

  return (
    <div className={style.scroll} tabIndex={0} role="group" aria-label={t("site.chart.as_table")}>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t("site.chart.from")}</th>
            <th scope="col">{t("site.chart.min")}</th>
            <th scope="col">{t("site.chart.mean")}</th>
            <th scope="col">{t("site.chart.max")}</th>
            <th scope="col">{t("site.chart.last")}</th>
            <th scope="col">{t("site.chart.covered")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((b) => (
            <tr key={b.at}>
              <td>{shown(Date.parse(b.at))}</td>
              {[b.min, b.mean, b.max, b.last].map((value, i) => (
                <td key={i}>{withUnit(text, value, data.unit)}</td>
              ))}
              <td>{percent(locale, b.coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {missing > 0 && <p className={style.rest}>{text.count("site.chart.rest", missing)}</p>}
    </div>
  );
}

function AsTable({ data }: { data: SeriesData }) {
  const text = useText();
  const { t, locale } = text;
  const list = runs(data.points, data.step_ms, data.from, data.to);

  return (
    <div className={style.scroll} tabIndex={0} role="group" aria-label={t("site.chart.as_table")}>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t("site.chart.from")}</th>
            <th scope="col">{t("site.chart.to")}</th>
            <th scope="col">{t("site.chart.value")}</th>
          </tr>
        </thead>
        <tbody>
          {list.slice(0, tableRows).map((run) => (
            <tr key={run.from} data-gap={run.value === null}>
              <td>{exact(locale, run.from)}</td>
              <td>{exact(locale, run.to)}</td>
              <td>
                {run.value === null ? t("site.chart.gap") : withUnit(text, run.value, data.unit)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.length > tableRows && (
        <p className={style.rest}>{text.count("site.chart.rest", list.length - tableRows)}</p>
      )}
    </div>
  );
}

function Controls({ among, name }: { among: string[]; name: string }) {
  const text = useText();
  const { t } = text;
  const { view } = route.useSearch();
  const navigate = route.useNavigate();

  return (
    <div className={style.top}>
      <h2 id="chart">
        {among.length < 2 ? (
          seriesName(text, name)
        ) : (
          <select
            className={style.select}
            aria-label={t("site.chart.series")}
            value={name}
            onChange={({ target: { value: series } }) =>
              void navigate({ search: (old) => ({ ...old, series }), ...here })
            }
          >
            {among.map((s) => (
              <option key={s} value={s}>
                {seriesName(text, s)}
              </option>
            ))}
          </select>
        )}
      </h2>
      <nav className={style.periods} aria-label={t("site.chart.period")}>
        {periods.map((p) => (
          <Link
            key={p}
            {...here}
            search={(old) => ({ ...old, period: p === usualPeriod ? undefined : p })}
          >
            {t(`site.period.${p}`)}
          </Link>
        ))}
      </nav>
      <Link
        {...here}
        search={(old) => ({ ...old, view: view ? undefined : ("table" as const) })}
        className={style.switch}
      >
        {view ? <IconChartLine size={16} aria-hidden /> : <IconTable size={16} aria-hidden />}
        {t(view ? "site.chart.as_chart" : "site.chart.as_table")}
      </Link>
    </div>
  );
}

/* `among`: which series may be chosen, without it all that there are. */
export function ChartCard({ site, among = site.series }: { site: Site; among?: string[] }) {
  const text = useText();
  const search = route.useSearch();
  const { period = usualPeriod, view } = search;
  const wished = [search.series ?? "", ...firstSeries];
  const name = wished.find((s) => among.includes(s)) ?? among[0]!;
  const read = useQuery(seriesQuery(site.id, name, period));
  const { data, error } = read;
  const dim = useSlow(read.isPlaceholderData);
  const ready = useMemo(
    () => data && prepare(data.points, data.step_ms, data.from, data.to),
    [data],
  );
  const retry = () => void read.refetch();

  return (
    <section className={style.card} aria-labelledby="chart">
      <Controls among={among} name={name} />
      {!data && error && <Failed error={error} retry={retry} />}
      {data && error && <Stale error={error} at={read.dataUpdatedAt} retry={retry} />}
      {!data && !error && <div className={style.room} />}
      {data && ready && (
        <div className={style.body} data-dim={dim}>
          <Last data={data} ready={ready} />
          {view === "table" && (data.step_ms < hourMs ? <AsTable data={data} /> : <StepTable data={data} />)}
          {view !== "table" && !ready.last && <Empty title={text.t("site.chart.nothing")} />}
          {view !== "table" && ready.last && (
            <Suspense fallback={<div className={style.room} />}>
              <Chart data={data} ready={ready} label={seriesName(text, name)} />
            </Suspense>
          )}
          <Coverage data={data} ready={ready} />
          <Honest data={data} />
        </div>
      )}
    </section>
  );
}
