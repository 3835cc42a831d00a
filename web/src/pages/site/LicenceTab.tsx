/* The print server's licence, each value with who says so (R38).  What is not told is unknown:
 * neither zero nor expired. */
import type { ReactNode } from "react";
import type { Site } from "../../api/client.ts";
import { useNow } from "../../text/clock.ts";
import { percent } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { Day } from "../../ui/Time.tsx";
import { Card, type Row } from "./Card.tsx";
import { Nothing } from "./Nothing.tsx";
import style from "./Told.module.css";
import { daysUntil, shareOf } from "./told.ts";

type Licence = NonNullable<Site["licence"]>;

function Value({ children, origin }: { children: ReactNode; origin: Licence["origin"] }) {
  const { t } = useText();
  return (
    <>
      {children} {origin && <span className={style.origin}>{t(`site.origin.${origin}`)}</span>}
    </>
  );
}

function Support({ licence }: { licence: Licence }) {
  const { t, count } = useText();
  const now = useNow();
  const { support_ends_at: end, origin } = licence;
  if (!end) return t("ui.unknown");
  const days = daysUntil(end, now);
  return (
    <Value origin={origin}>
      {days < 0 ? t("site.licence.ended") : count("site.licence.days", days)} (<Day at={end} />)
    </Value>
  );
}

function rowsOf(text: Text, licence: Licence): Row[] {
  const { t, count } = text;
  const { valid, licence_days: days, origin } = licence;
  const stated = (s: Licence["organisation"]) =>
    s ? <Value origin={s.origin}>{s.value}</Value> : t("site.licence.not_stated");
  const told = (words: string | null) =>
    words === null ? t("ui.unknown") : <Value origin={origin}>{words}</Value>;

  return [
    ["site.licence.valid", told(valid === null ? null : t(valid ? "ui.yes" : "ui.no"))],
    ["site.licence.support", <Support licence={licence} />],
    [
      "site.licence.ends",
      told(days === null ? null : days < 0 ? t("site.licence.ended") : count("site.licence.days", days)),
    ],
    ["site.licence.organisation", stated(licence.organisation)],
    ["site.licence.reference", stated(licence.customer_reference)],
  ];
}

function Seats({ licence }: { licence: Licence }) {
  const { t, find, number, locale } = useText();
  const known = (n: number | null) => (n === null ? t("ui.unknown") : number(n));

  return (
    <Card id="seats" title="site.seats.title" at={licence.read_at}>
      {licence.seats.length === 0 ? (
        <p className={style.dim}>{t("site.seats.none")}</p>
      ) : (
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{t("site.seats.kind")}</th>
              <th scope="col">{t("site.seats.used")}</th>
              <th scope="col">{t("site.seats.licensed")}</th>
              <th scope="col">{t("site.seats.share")}</th>
            </tr>
          </thead>
          <tbody>
            {licence.seats.map(({ kind, used, licensed }) => {
              const share = shareOf(used, licensed);
              return (
                <tr key={kind}>
                  <th scope="row">{find(`site.seats.${kind}`) ?? kind}</th>
                  <td>{known(used)}</td>
                  <td>{known(licensed)}</td>
                  <td>{share === null ? t("ui.unknown") : percent(locale, share)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p className={style.note}>{t("site.seats.means")}</p>
    </Card>
  );
}

export function LicenceTab({ site }: { site: Site }) {
  const text = useText();
  const { licence } = site;

  if (!licence) return <Nothing site={site} />;
  return (
    <div className={style.grid}>
      <Card id="licence" title="site.licence.title" at={licence.read_at} rows={rowsOf(text, licence)} />
      <Seats licence={licence} />
    </div>
  );
}
