/* What the print server says about its parts, and one value over time. */
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Empty } from "../../ui/Notice.tsx";
import { codeText, componentText } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Age, Moment } from "../../ui/Time.tsx";
import { ChartCard } from "./ChartCard.tsx";
import style from "./HealthTab.module.css";

type Health = NonNullable<Site["health"]>;

function Licence({ licence }: { licence: Site["licence"] }) {
  const { t, count } = useText();
  if (!licence) return null;
  const days = licence.support_days;
  const validity =
    licence.valid === null
      ? t("ui.licence.unknown")
      : t(licence.valid ? "ui.licence.valid" : "ui.licence.invalid");
  const support = () => {
    if (days === null) return t("ui.licence.support_unknown");
    return days < 0 ? t("ui.licence.support_ended") : count("ui.licence.support", days);
  };

  return (
    <p className={style.licence}>
      {validity} {support()}
    </p>
  );
}

function Components({ health, licence }: { health: Health; licence: Site["licence"] }) {
  const text = useText();
  const { t } = text;

  return (
    <section className={style.card} aria-labelledby="components">
      <div className={style.top}>
        <h2 id="components">{t("ui.health.title")}</h2>
        <span className={style.dim}>
          {t("ui.read")} <Age at={health.read_at} />
        </span>
      </div>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t("ui.column.component")}</th>
            <th scope="col">{t("ui.column.state")}</th>
            <th scope="col">{t("ui.column.detail")}</th>
            <th scope="col">{t("ui.column.since")}</th>
          </tr>
        </thead>
        <tbody>
          {health.components.map((c) => (
            <tr key={c.kind}>
              <th scope="row">{componentText(text, c.kind)}</th>
              <td>
                <Status of="state" is={c.state} />
              </td>
              <td className={style.detail}>{codeText(text, c.code)}</td>
              <td className={style.dim}>{c.since ? <Moment at={c.since} /> : t("ui.unknown")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Licence licence={licence} />
    </section>
  );
}

export function HealthTab({ site }: { site: Site }) {
  const { t } = useText();

  if (!site.health && site.series.length === 0)
    return <Empty title={t(`ui.health.none.${noneBecause(site)}`)} />;
  return (
    <div className={style.grid}>
      {site.health && <Components health={site.health} licence={site.licence} />}
      {site.series.length > 0 && <ChartCard site={site} />}
    </div>
  );
}

function noneBecause(site: Site): "off" | "never" | "yet" {
  if (site.status === "monitoring_off") return "off";
  return site.connector ? "yet" : "never";
}
