/* The list of shortcuts, in the browser's own dialog: it traps the focus, closes on Escape and
 * needs no code for that. */
import type { Ref } from "react";
import { useText, type TextKey } from "../text/i18n.ts";
import style from "./Help.module.css";

const rows: [string[], TextKey][] = [
  [["/"], "ui.help.search"],
  [["g", "s"], "ui.help.sites"],
  [["g", "c"], "ui.help.customers"],
  [["g", "l"], "ui.help.licences"],
  [["g", "v"], "ui.help.sessions"],
  [["g", "r"], "ui.help.rules"],
  [["a"], "ui.help.add"],
  [["j"], "ui.help.down"],
  [["k"], "ui.help.up"],
  [["Enter"], "ui.help.open"],
  [["Esc"], "ui.help.leave"],
  [["Shift", "← →"], "ui.help.resize"],
  [["?"], "ui.help.help"],
];

export function Help({ ref }: { ref: Ref<HTMLDialogElement> }) {
  const { t } = useText();

  return (
    <dialog
      ref={ref}
      className={style.dialog}
      aria-labelledby="help"
      onClick={(e) => e.target === e.currentTarget && e.currentTarget.close()}
    >
      <form method="dialog" className={style.body}>
        <h2 id="help">{t("ui.help.title")}</h2>
        <dl>
          {rows.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{t(what)}</dd>
            </div>
          ))}
        </dl>
        <button type="submit" className={style.close}>
          {t("ui.action.close")}
        </button>
      </form>
    </dialog>
  );
}
