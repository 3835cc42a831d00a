/* Short facts in one line, with a dot between: "312 sites · 7 need attention".  The dot stays with
 * the fact before it, so that no line begins with one. */
import { Children, Fragment, type ReactNode } from "react";
import style from "./Facts.module.css";

export function Facts({ children, live }: { children: ReactNode; live?: boolean }) {
  return (
    <p className={style.facts} aria-live={live ? "polite" : undefined}>
      {Children.toArray(children).map((fact, i) => (
        <Fragment key={i}>
          <span>{fact}</span>{" "}
        </Fragment>
      ))}
    </p>
  );
}
