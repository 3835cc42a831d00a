/* What the print server says about its parts, and one value over time. */
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Empty } from "../../ui/Notice.tsx";
import { codeText, componentText, isOld } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Age, Moment } from "../../ui/Time.tsx";
import { ChartCard } from "./ChartCard.tsx";
import style from "./HealthTab.module.css";

type Health = NonNullable<Site["health"]>;

/* Whether the licence is valid is a row above; how long its support lasts is said here. */
function Support({ days }: { days: number | null }) {
  const { t, count } = useText();
  const words = () => {
    if (days === null) return t("ui.licence.support_unknown");
    return days < 0 ? t("ui.licence.support_ended") : count("ui.licence.support", days);
  };

  return <p className={style.licence}>{words()}</p>;
}

function Components({ health, site }: { health: Health; site: Site }) {
  const text = useText();
  const { t } = text;
  const old = isOld(site.status);

  return (
    <section className={style.card} aria-labelledby="components">
      <div className={style.top}>
        <h2 id="components">{t("ui.health.title")}</h2>
        <span className={style.read}>
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
                <Status of="state" is={c.state} old={old} />
              </td>
              <td className={style.detail}>{codeText(text, c.code)}</td>
              <td className={style.dim}>{c.since ? <Moment at={c.since} /> : t("ui.unknown")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {site.licence && <Support days={site.licence.support_days} />}
    </section>
  );
}

export function HealthTab({ site }: { site: Site }) {
  const { t } = useText();

  if (!site.health && site.series.length === 0)
    return <Empty title={t(`ui.health.none.${noneBecause(site)}`)} />;
  return (
    <div className={style.grid}>
      {site.health && <Components health={site.health} site={site} />}
      {site.series.length > 0 && <ChartCard site={site} />}
    </div>
  );
}

function noneBecause(site: Site): "off" | "never" | "yet" {
  if (site.status === "monitoring_off") return "off";
  return site.connector ? "yet" : "never";
}
