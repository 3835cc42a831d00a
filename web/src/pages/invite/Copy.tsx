/* Something to pass on, with a button that copies it and says so. */
import { Button } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useText } from "../../text/i18n.ts";
import style from "./Invite.module.css";

export function Copy({ text, label }: { text: string; label: string }) {
  const { t } = useText();
  const [done, setDone] = useState(false);

  return (
    <Button
      size="xs"
      variant="default"
      aria-label={label}
      onClick={() => void navigator.clipboard.writeText(text).then(
          () => setDone(true),
          /* Not allowed: the text stands there and can be marked. */
          () => setDone(false),
        )}
    >
      <span role="status">{t(done ? "invite.copied" : "invite.copy")}</span>
    </Button>
  );
}

export function Command({ children, label }: { children: string; label: string }) {
  return (
    <div className={style.command}>
      <pre tabIndex={0}>
        <code>{children}</code>
      </pre>
      <Copy text={children} label={label} />
    </div>
  );
}

export function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={style.step}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
