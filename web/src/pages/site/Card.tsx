/* A titled card of names and values, with the age of what it tells. */
import type { ReactNode } from "react";
import { useText, type TextKey } from "../../text/i18n.ts";
import { Age } from "../../ui/Time.tsx";
import style from "./Card.module.css";

export type Row = [TextKey, ReactNode];

interface Props {
  id: string;
  title: TextKey;
  /* When it was read; null: not known; absent: it has no age of its own. */
  at?: string | null;
  rows?: Row[];
  children?: ReactNode;
}

export function Card({ id, title, at, rows = [], children }: Props) {
  const { t } = useText();
  return (
    <section className={style.card} aria-labelledby={id}>
      <div className={style.top}>
        <h2 id={id}>{t(title)}</h2>
        {at !== undefined && (
          <span className={style.dim}>
            {at ? (
              <>
                {t("ui.read")} <Age at={at} />
              </>
            ) : (
              t("site.age.unknown")
            )}
          </span>
        )}
      </div>
      {rows.length > 0 && (
        <dl>
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{t(name)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {children}
    </section>
  );
}
