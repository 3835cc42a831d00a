/* Stands beside what is shown this once (once.ts), and says it where the login has ended meanwhile. */
import { useEffect, useSyncExternalStore } from "react";
import { useText } from "../text/i18n.ts";
import style from "./Notice.module.css";
import { isToLeave, keepPage, leaveNow, watchLeaving } from "./once.ts";

export function Once() {
  const { t } = useText();
  const ended = useSyncExternalStore(watchLeaving, isToLeave);

  useEffect(keepPage, []);
  if (!ended) return null;
  return (
    <div className={style.strip} role="status">
      <span>{t("invite.login_ended")}</span>
      <button type="button" className={style.link} onClick={leaveNow}>
        {t("ui.login.enter")}
      </button>
    </div>
  );
}
