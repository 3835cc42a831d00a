/* Sending an invitation again: to the same address, or another one. */
import { Button, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, call, type Invited } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { queries } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import style from "./Invited.module.css";

export function Resend({ invited }: { invited: Invited }) {
  const text = useText();
  const { t } = text;
  const [to, setTo] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const name = `${t("invited.resend")}: ${invited.site.name}`;

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || !to?.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: invited.site.id, invitation: invited.id } };
      const body = { mail_to: to.trim() };
      await call(api.POST("/api/v1/sites/{id}/invitations/{invitation}/resend", { params, body }));
      setTo(null);
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
    void queries.invalidateQueries({ queryKey: ["sites"] });
    void queries.invalidateQueries({ queryKey: ["site", invited.site.id] });
  };

  if (to === null)
    return (
      <Button variant="default" size="xs" aria-label={name} onClick={() => setTo(invited.mail?.to ?? "")}>
        {t("invited.resend")} …
      </Button>
    );
  return (
    <form className={style.form} aria-label={name} onSubmit={(event) => void send(event)}>
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <TextInput
        className={style.address}
        type="email"
        label={t("invited.resend.to")}
        autoComplete="off"
        autoFocus
        required
        withAsterisk={false}
        maxLength={254}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button type="submit" disabled={busy}>
        {t("invited.resend")}
      </Button>
      <Button variant="default" onClick={() => setTo(null)}>
        {t("invite.cancel")}
      </Button>
    </form>
  );
}
