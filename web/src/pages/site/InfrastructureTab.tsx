/* Of which kinds of components the print system is made, and how many of each are up (R36). */
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { componentText, isOld } from "../../ui/reason.ts";
import { Status } from "../../ui/Status.tsx";
import { Card } from "./Card.tsx";
import { Nothing } from "./Nothing.tsx";
import style from "./Told.module.css";
import { counted } from "./told.ts";

export function InfrastructureTab({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const told = site.infrastructure;
  const known = (n: number | null) => (n === null ? t("ui.unknown") : text.number(n));

  if (!told) return <Nothing site={site} />;
  return (
    <Card id="infrastructure" title="site.infrastructure.title" at={told.read_at}>
      {told.parts.length === 0 && <p className={style.dim}>{t("site.infrastructure.none")}</p>}
      {told.parts.length > 0 && (
        <table className={style.table}>
          <thead>
            <tr>
              <th scope="col">{t("ui.column.component")}</th>
              <th scope="col">{t("ui.column.state")}</th>
              <th scope="col">{t("site.infrastructure.up")}</th>
              <th scope="col">{t("site.infrastructure.down")}</th>
              <th scope="col">{t("site.infrastructure.total")}</th>
            </tr>
          </thead>
          <tbody>
            {told.parts.map((part) => {
              const { up, down, total } = counted(part);
              return (
                <tr key={part.kind}>
                  <th scope="row">{componentText(text, part.kind)}</th>
                  <td>
                    <Status of="state" is={part.state} old={isOld(site.status)} />
                  </td>
                  <td>{known(up)}</td>
                  <td>{known(down)}</td>
                  <td>{known(total)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p className={style.note}>{t("site.infrastructure.means")}</p>
    </Card>
  );
}
