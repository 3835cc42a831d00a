/* What stands before the list: one card, and below it what anybody may read and choose. */
import type { ReactNode } from "react";
import { Choices, LegalLinks } from "./Choices.tsx";
import style from "./Door.module.css";

export function Door({ wide, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <div className={style.page}>
      <main className={wide ? style.wide : style.card}>{children}</main>
      <footer className={style.foot}>
        <LegalLinks />
        <Choices />
      </footer>
    </div>
  );
}

/* Why one was not let through. */
export function Refused({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className={style.refused}>
      {children}
    </p>
  );
}
