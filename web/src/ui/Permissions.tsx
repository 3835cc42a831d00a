/* The customer's hand: what this site allows, drawn as a decision and not as a fault. */
import { IconBrowser, IconDeviceDesktopAnalytics, IconHandStop, IconPrinter } from "@tabler/icons-react";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Permissions as Switches } from "../api/client.ts";
import { useText, type TextKey } from "../text/i18n.ts";
import style from "./Permissions.module.css";

type Name = keyof Switches;
const names: Name[] = ["monitoring", "console", "mfp"];
const icons: Record<Name, Icon> = {
  monitoring: IconDeviceDesktopAnalytics,
  console: IconBrowser,
  mfp: IconPrinter,
};

/* Full, half, empty: readable without colour. */
function Dial({ is }: { is: string }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" className={style.dial} data-is={is} aria-hidden>
      <circle cx="5" cy="5" r="4" className={style.ring} />
      {is === "on" && <circle cx="5" cy="5" r="4" className={style.fill} />}
      {is === "ask" && <path d="M5 1a4 4 0 0 1 0 8z" className={style.fill} />}
    </svg>
  );
}

/* Three small marks for a table row; the words are in the title and for screen readers. */
export function PermissionMarks({ of }: { of: Switches | null }) {
  const { t } = useText();
  if (!of) return <span className={style.none}>{t("ui.none")}</span>;
  return (
    <span className={style.marks}>
      {names.map((name) => {
        const words = t(`ui.permission.${name}.${of[name]}` as TextKey);
        const Picture = icons[name];
        return (
          <span key={name} className={style.pair} title={words} role="img" aria-label={words}>
            <Picture size={16} stroke={1.6} aria-hidden />
            <Dial is={of[name]} />
          </span>
        );
      })}
    </span>
  );
}

interface PanelProps {
  of: Switches | null;
  /* Whether what each switch means is shown, and what turns that over. */
  open: boolean;
  toggle: ReactNode;
}

export function PermissionPanel({ of, open, toggle }: PanelProps) {
  const { t } = useText();

  return (
    <section className={style.panel} aria-labelledby="permissions">
      <h2 id="permissions" className={style.title}>
        <IconHandStop size={16} aria-hidden /> {t("ui.permission.title")}
      </h2>
      {!of && <p className={style.unknown}>{t("ui.permission.unknown")}</p>}
      {of && (
        <dl className={style.list} data-open={open} id="permissions-list">
          {names.map((name) => (
            <div key={name} className={style.item}>
              <dt>
                <Dial is={of[name]} />
                {t(`ui.permission.${name}`)} <strong>{t(`ui.permission.is.${of[name]}`)}</strong>
              </dt>
              {open && <dd>{t(`ui.permission.${name}.${of[name]}.means` as TextKey)}</dd>}
            </div>
          ))}
        </dl>
      )}
      {of && toggle}
    </section>
  );
}
