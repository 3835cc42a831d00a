/* Opens and closes the reason for something; which one is open is in the address. */
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useText } from "../../text/i18n.ts";
import { here, route } from "./route.ts";
import style from "./WhyLink.module.css";

export function useWhy(name: string): boolean {
  return route.useSearch().why === name;
}

/* `opens` is the id of what is shown while it is open; `of` says to a screen reader what is meant. */
export function WhyLink({ name, opens, of }: { name: string; opens: string; of: string }) {
  const { t } = useText();
  const open = useWhy(name);
  const Chevron = open ? IconChevronDown : IconChevronRight;

  return (
    <Link
      {...here}
      search={(old) => ({ ...old, why: open ? undefined : name })}
      role="button"
      aria-expanded={open}
      aria-controls={open ? opens : undefined}
      aria-label={`${t("ui.why")}: ${of}`}
      className={style.why}
    >
      {t("ui.why")}
      <Chevron size={14} aria-hidden />
    </Link>
  );
}
