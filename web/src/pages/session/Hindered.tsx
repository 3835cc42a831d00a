/* Why nothing can be opened: who decided or what is out of order, and what may be done. */
import { IconHandStop, IconPlugConnectedX } from "@tabler/icons-react";
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Moment } from "../../ui/Time.tsx";
import { byCustomer, type Hindrance } from "./model.ts";
import style from "./Session.module.css";

export function Hindered({ why, site }: { why: Hindrance; site: Site }) {
  const { t } = useText();
  const Icon = byCustomer(why) ? IconHandStop : IconPlugConnectedX;

  return (
    <div className={style.hindered} data-hand={byCustomer(why)} role="status">
      <Icon size={20} aria-hidden />
      <div>
        <p>
          <strong>{t(`session.not.${why}`)}</strong>
          {why === "offline" && site.last_seen && (
            <>
              {" "}
              {t("session.not.offline.last")} <Moment at={site.last_seen} />.
            </>
          )}
        </p>
        <p>{t(`session.not.${why}.do`)}</p>
      </div>
    </div>
  );
}
