/* The statuses as switches with their numbers: what there is and what is shown, in one place. */
import { getRouteApi } from "@tanstack/react-router";
import type { SiteList } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { StatusIcon } from "../../ui/Status.tsx";
import { joinStatuses, parseStatuses, statuses, toggled, type Status } from "../search.ts";
import style from "./StatusFilter.module.css";

const route = getRouteApi("/inside/sites");

export function StatusFilter({ counts }: { counts: SiteList["counts"] }) {
  const { t, number } = useText();
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const chosen = parseStatuses(status);
  const shown = statuses.filter((s) => (counts[s] ?? 0) > 0 || chosen.includes(s));
  const choose = (next: Status[]) =>
    void navigate({ search: (old) => ({ ...old, status: joinStatuses(next) }) });

  if (shown.length === 0) return null;
  return (
    <div className={style.bar} role="group" aria-label={t("ui.sites.filter")}>
      <button
        type="button"
        className={style.chip}
        aria-pressed={chosen.length === 0}
        onClick={() => choose([])}
      >
        {t("ui.sites.all")}
      </button>
      {shown.map((s) => (
        <button
          key={s}
          type="button"
          className={style.chip}
          aria-pressed={chosen.includes(s)}
          onClick={() => choose(toggled(chosen, s))}
        >
          <StatusIcon is={s} size={15} />
          {t(`status.${s}`)}
          <span className={style.count}>{number(counts[s] ?? 0)}</span>
        </button>
      ))}
    </div>
  );
}
