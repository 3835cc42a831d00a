/* Another name, and what else is asked besides it: a line in the place of the title. */
import { Button } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { asApiError, errorText, type ApiError } from "../api/error.ts";
import { useText } from "../text/i18n.ts";
import { useDraft } from "./draft.ts";
import style from "./Rename.module.css";

interface Props {
  name: string;
  /* Whose, for what is typed and not saved yet. */
  id: string;
  save: (name: string) => Promise<void>;
  done: () => void;
  children?: ReactNode;
}

export function Rename({ name, id, save, done, children }: Props) {
  const text = useText();
  const { t } = text;
  const [typed, setTyped] = useDraft(`name.${id}`, name);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const leave = () => {
    setTyped(null);
    done();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || !typed.trim()) return;
    setBusy(true);
    setError(null);
    try {
      await save(typed.trim());
      leave();
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
  };

  return (
    <form className={style.form} onSubmit={(event) => void submit(event)}>
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <label className={style.field}>
        <span>{t("customer.name")}</span>
        <input
          name="name"
          autoFocus
          required
          maxLength={100}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && leave()}
        />
      </label>
      {children}
      <div className={style.buttons}>
        <Button type="submit" size="xs" disabled={busy}>
          {t("rename.save")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={leave}>
          {t("rename.cancel")}
        </Button>
      </div>
    </form>
  );
}
