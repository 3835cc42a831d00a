/* What becomes, or became, of each row: how many of each kind, and the rows of one kind. */
import { useState } from "react";
import { useText } from "../../text/i18n.ts";
import type { Row } from "./apply.ts";
import style from "./ImportPage.module.css";

/* What needs a person first. */
const order = ["refused", "failed", "new_customer", "new_site", "there"] as const;
type Verdict = (typeof order)[number];

/* More than anybody reads; the counts say the rest. */
const shown = 300;

export function Verdicts({ rows }: { rows: Row[] }) {
  const { t, count, find, number } = useText();
  const kinds = order.filter((v) => rows.some((r) => r.verdict === v));
  const [chosen, choose] = useState<Verdict | null>(null);
  const kind = chosen && kinds.includes(chosen) ? chosen : kinds[0];
  const picked = rows.filter((r) => r.verdict === kind);

  return (
    <section className={style.verdicts} aria-label={t("import.verdicts")}>
      <div className={style.kinds} role="group" aria-label={t("import.verdicts")}>
        {kinds.map((v) => (
          <button key={v} type="button" aria-pressed={v === kind} data-bad={v === "refused" || v === "failed" || undefined} onClick={() => choose(v)}>
            {t(`import.verdict.${v}`)} <b>{number(rows.filter((r) => r.verdict === v).length)}</b>
          </button>
        ))}
      </div>
      <div className={style.scroll} tabIndex={0} role="region" aria-label={kind ? t(`import.verdict.${kind}`) : ""}>
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{t("import.line")}</th>
              <th scope="col">{t("add.customer")}</th>
              <th scope="col">{t("add.site")}</th>
              {picked.some((r) => r.code) && <th scope="col">{t("import.why")}</th>}
            </tr>
          </thead>
          <tbody>
            {picked.slice(0, shown).map((r) => (
              <tr key={r.line}>
                <td>{number(r.line)}</td>
                <td>{r.customer}</td>
                <td>{r.site}</td>
                {r.code && <td>{find(`import.code.${r.code}`) ?? find(`error.${r.code}`) ?? r.code}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {picked.length > shown && <p>{count("import.more", picked.length - shown)}</p>}
    </section>
  );
}
