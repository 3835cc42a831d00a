/* How much is printed, as sums, and what the print server is used for (R39). */
import { useQuery } from "@tanstack/react-query";
import type { Site } from "../../api/client.ts";
import { devicesQuery } from "../../api/queries.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { Failed } from "../../ui/Notice.tsx";
import { Day, Moment } from "../../ui/Time.tsx";
import { Card, type Row } from "./Card.tsx";
import { ChartCard } from "./ChartCard.tsx";
import { Nothing } from "./Nothing.tsx";
import style from "./Told.module.css";
import { dayByDevice, usageSeries } from "./told.ts";

type Usage = NonNullable<Site["usage"]>;

function known(text: Text, n: number | null): string {
  return n === null ? text.t("ui.unknown") : text.number(n);
}

function Volume({ usage }: { usage: Usage }) {
  const text = useText();
  const { period, held_jobs: held } = usage;
  const rows: Row[] = period
    ? [
        [
          "site.usage.period",
          <>
            <Moment at={period.from} /> – <Moment at={period.to} />
          </>,
        ],
        ["site.usage.pages", known(text, period.pages)],
        ["site.usage.errors", known(text, period.errors)],
        ["site.usage.warnings", known(text, period.warnings)],
      ]
    : [["site.usage.period", text.t("site.usage.no_period")]];
  return (
    <Card
      id="volume"
      title="site.usage.volume"
      at={usage.read_at}
      rows={[...rows, ["site.usage.held", known(text, held)]]}
    />
  );
}

function Features({ usage }: { usage: Usage }) {
  const { t, find } = useText();
  return (
    <Card id="features" title="site.features.title" at={usage.read_at}>
      {usage.features.length === 0 ? (
        <p className={style.dim}>{t("site.features.none")}</p>
      ) : (
        <ul className={style.features}>
          {usage.features.map((name) => (
            <li key={name}>{find(`feature.${name}`) ?? name}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function ByDevice({ site, day }: { site: Site; day: NonNullable<Usage["day"]> }) {
  const text = useText();
  const { t } = text;
  const { data, error, refetch } = useQuery(devicesQuery(site.id));
  if (!data) return error ? <Failed error={error} retry={() => void refetch()} /> : null;
  const { devices, rest } = dayByDevice(day, data.items);

  return (
    <table className={style.table}>
      <caption>
        <Day at={day.from} />: {t("site.day.sum", { pages: known(text, day.pages), jobs: known(text, day.jobs) })}
      </caption>
      <thead>
        <tr>
          <th scope="col">{t("ui.column.device")}</th>
          <th scope="col">{t("site.usage.pages")}</th>
          <th scope="col">{t("site.day.jobs")}</th>
        </tr>
      </thead>
      <tbody>
        {devices.map((d) => (
          <tr key={d.id}>
            <th scope="row">{d.label || `${t("ui.device.unnamed")} ${d.id.slice(-6)}`}</th>
            <td>{known(text, d.usage.pages)}</td>
            <td>{known(text, d.usage.jobs)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row" className={style.dim}>
            {t("site.day.rest")}
          </th>
          <td>{known(text, rest.pages)}</td>
          <td>{known(text, rest.jobs)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function DayCard({ site, usage }: { site: Site; usage: Usage }) {
  const { t } = useText();
  return (
    <Card id="day" title="site.day.title" at={usage.day?.to}>
      {usage.day ? (
        <ByDevice site={site} day={usage.day} />
      ) : (
        <p className={style.dim}>{t("site.day.none")}</p>
      )}
    </Card>
  );
}

export function UsageTab({ site }: { site: Site }) {
  const { usage } = site;
  const series = usageSeries(site.series);

  if (!usage && series.length === 0) return <Nothing site={site} />;
  return (
    <>
      {usage && (
        <div className={style.grid}>
          <Volume usage={usage} />
          <Features usage={usage} />
        </div>
      )}
      {series.length > 0 && <ChartCard site={site} among={series} />}
      {usage && <DayCard site={site} usage={usage} />}
    </>
  );
}
