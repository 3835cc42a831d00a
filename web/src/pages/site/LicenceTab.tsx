/* The print server's licence, each value with who says so (R38).  What is not told is unknown:
 * neither zero nor expired. */
import type { ReactNode } from "react";
import type { Site } from "../../api/client.ts";
import { percent, utcDay } from "../../text/format.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { besides, dayText } from "../licences/model.ts";
import { Card, type Row } from "./Card.tsx";
import { LicenceEntry } from "./LicenceEntry.tsx";
import { Nothing } from "./Nothing.tsx";
import style from "./Told.module.css";
import { shareOf } from "./told.ts";

type Licence = NonNullable<Site["licence"]>;

function Value({ children, origin }: { children: ReactNode; origin: Licence["origin"] }) {
  const { t } = useText();
  return (
    <>
      {children} {origin && <span className={style.origin}>{t(`site.origin.${origin}`)}</span>}
    </>
  );
}

/* Until when, by whose word; and what the provider wrote down where another's counts. */
function End({ end, entered }: { end: Licence["support_end"]; entered: string | null | undefined }) {
  const { t, count, locale } = useText();
  if (!end) return t("ui.unknown");
  const day = (at: string) => utcDay(locale, Date.parse(at));
  const other = besides(end, dayText(end.at), entered);
  return (
    <>
      <Value origin={end.origin}>
        {end.days < 0 ? t("site.licence.ended") : count("site.licence.days", end.days)} ({day(end.at)})
      </Value>
      {other && (
        <div>
          <Value origin="provider">{day(other)}</Value>
        </div>
      )}
    </>
  );
}

function Stated({ of, entered }: { of: Licence["organisation"]; entered: string | null | undefined }) {
  const { t } = useText();
  if (!of) return t("site.licence.not_stated");
  const other = besides(of, of.value, entered);
  return (
    <>
      <Value origin={of.origin}>{of.value}</Value>
      {other && (
        <div>
          <Value origin="provider">{other}</Value>
        </div>
      )}
    </>
  );
}

function rowsOf({ t }: Text, licence: Licence): Row[] {
  const { valid, origin, provider } = licence;
  return [
    [
      "site.licence.valid",
      valid === null ? t("ui.unknown") : <Value origin={origin}>{t(valid ? "ui.yes" : "ui.no")}</Value>,
    ],
    ["site.licence.support", <End end={licence.support_end} entered={provider?.support_ends_on} />],
    ["site.licence.ends", <End end={licence.licence_end} entered={provider?.licence_ends_on} />],
    ["site.licence.organisation", <Stated of={licence.organisation} entered={provider?.organisation} />],
    ["site.licence.reference", <Stated of={licence.customer_reference} entered={provider?.customer_reference} />],
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

  return (
    <>
      {!licence && <Nothing site={site} />}
      <div className={style.grid}>
        {licence && (
          <Card
            id="licence"
            title="site.licence.title"
            at={licence.read_at ?? undefined}
            rows={rowsOf(text, licence)}
          />
        )}
        {licence && (licence.read_at || licence.seats.length > 0) && <Seats licence={licence} />}
        <LicenceEntry key={site.id} site={site} />
      </div>
    </>
  );
}
