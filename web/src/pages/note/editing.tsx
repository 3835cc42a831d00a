/* How a text of which nobody overwrites another's unread is saved: who saves names the revision that was read.  What somebody
 * else has written meanwhile is shown, and it is for the one who types to say whether it is replaced. */
import { Button } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { asApiError, type ApiError } from "../../api/error.ts";
import { useText } from "../../text/i18n.ts";
import { keepDraft } from "../../ui/draft.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Age } from "../../ui/Time.tsx";
import style from "./Note.module.css";

interface EditingProps {
  /* Its name (ui/draft.ts), whose base is the revision. */
  draft: string;
  /* The newest revision that was read, and the one that the draft began with, if there is one. */
  now: number;
  begun: number | undefined;
  put: (revision: number) => Promise<unknown>;
  /* Called where somebody else was first. */
  reread: () => Promise<unknown>;
  done: () => void;
}

export function useEditing({ draft, now, begun, put, reread, done }: EditingProps) {
  const [base, setBase] = useState(begun ?? now);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const finish = () => {
    keepDraft(draft, null);
    done();
  };
  const save = async (revision: number) => {
    setBusy(true);
    setError(null);
    try {
      await put(revision);
      finish();
    } catch (caught) {
      const problem = asApiError(caught);
      if (problem.code === "edited") await reread();
      else setError(problem);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(base);
  };
  const replace = () => {
    setBase(now);
    void save(now);
  };
  return { base, busy, error, finish, submit, replace };
}

interface TheirsProps {
  title: string;
  busy: boolean;
  /* What they wrote, and why it is shown. */
  why?: string;
  children: ReactNode;
  onReplace: () => void;
  onDrop: () => void;
}

export function Theirs({ title, busy, why, children, onReplace, onDrop }: TheirsProps) {
  const { t } = useText();

  return (
    <section className={style.theirs} role="alert" aria-label={title}>
      {why && <p>{why}</p>}
      <h3>{title}</h3>
      {children}
      <div className={style.buttons}>
        <Button size="xs" variant="default" disabled={busy} onClick={onReplace}>
          {t("note.theirs.replace")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={onDrop}>
          {t("note.theirs.take")}
        </Button>
      </div>
    </section>
  );
}

/* Who wrote it, and when. */
export function Signed({ by, at }: { by: string | null | undefined; at: string | null | undefined }) {
  const { t } = useText();

  if (!at) return null;
  return (
    <div className={style.dim}>
      <Facts>
        {by ?? t("site.change.nobody")}
        <Age at={at} />
      </Facts>
    </div>
  );
}
