/* What a provider does about a site's connector: invite one, withdraw an invitation, revoke. */
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, call, type Invitation, type Site } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { customersQuery, meQuery, queries } from "../../api/queries.ts";
import { isLanguage, useText, type Language } from "../../text/i18n.ts";
import { Once } from "../../ui/Once.tsx";
import { InvitationCard } from "./InvitationCard.tsx";
import { mailBody, MailField } from "./MailField.tsx";
import style from "./Invite.module.css";

function again(site: Site): Promise<unknown> {
  return Promise.all([
    queries.invalidateQueries({ queryKey: ["site", site.id] }),
    queries.invalidateQueries({ queryKey: ["sites"] }),
  ]);
}

function useLanguageOf(site: Site): [Language, (l: Language) => void] {
  const text = useText();
  const { data } = useQuery(customersQuery(site.customer.name));
  const [chosen, choose] = useState<Language>();
  const theirs = data?.items.find((c) => c.id === site.customer.id)?.language;
  return [chosen ?? (isLanguage(theirs) ? theirs : text.language), choose];
}

function Revoke({ site, onDone }: { site: Site; onDone: () => void }) {
  const text = useText();
  const { t } = text;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const right = typed.trim() === site.name;

  const revoke = async (event: FormEvent) => {
    event.preventDefault();
    if (!right || busy) return;
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: site.id } };
      await call(api.DELETE("/api/v1/sites/{id}/connector", { params }));
      await again(site);
      onDone();
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
  };

  return (
    <form className={style.form} onSubmit={(event) => void revoke(event)}>
      <p>{t("invite.revoke.means")}</p>
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <TextInput
        label={t("invite.revoke.name", { site: site.name })}
        autoFocus
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <div className={style.buttons}>
        <Button type="submit" className={style.danger} disabled={!right || busy}>
          {t("invite.revoke")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("invite.cancel")}
        </Button>
      </div>
    </form>
  );
}

export function ConnectorActions({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const [made, setMade] = useState<Invitation | null>(null);
  const [mailTo, setMailTo] = useState("");
  const [mailed, setMailed] = useState<string>();
  const [revoking, setRevoking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [language, setLanguage] = useLanguageOf(site);
  const { connector, invitation } = site;
  const live = connector && site.status !== "revoked";

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      await again(site);
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  const invite = () =>
    run(async () => {
      const params = { path: { id: site.id } };
      const body = mailBody(mailTo);
      setMade(await call(api.POST("/api/v1/sites/{id}/invitations", { params, body })));
      setMailed(body.mail_to);
      setMailTo("");
    });
  const withdraw = (id: string) =>
    run(async () => {
      const params = { path: { id: site.id, invitation: id } };
      await call(api.DELETE("/api/v1/sites/{id}/invitations/{invitation}", { params }));
      setMade(null);
    });

  if (!me?.rights.includes("sites")) return null;
  return (
    <>
      {busy && <Once />}
      {made && (
        <InvitationCard
          invitation={made}
          customer={site.customer.name}
          site={site.name}
          language={language}
          onLanguage={setLanguage}
          mailedTo={mailed}
        />
      )}
      <section className={style.card} aria-labelledby="connector-actions">
        <h2 id="connector-actions">{t("invite.actions")}</h2>
        <p>{t(invitation ? "invite.open" : live ? "invite.replace.means" : "invite.means")}</p>
        {error && (
          <p role="alert" className={style.refused}>
            {errorText(text, error)}
          </p>
        )}
        {!revoking && <MailField value={mailTo} onChange={setMailTo} />}
        {revoking ? (
          <Revoke site={site} onDone={() => setRevoking(false)} />
        ) : (
          <div className={style.buttons}>
            <Button disabled={busy} onClick={() => void invite()}>
              {t(invitation ? "invite.another" : live ? "invite.replace" : "invite.invite")}
            </Button>
            {invitation && (
              <Button variant="default" disabled={busy} onClick={() => void withdraw(invitation.id)}>
                {t("invite.withdraw")}
              </Button>
            )}
            {live && (
              <Button variant="default" disabled={busy} onClick={() => setRevoking(true)}>
                {t("invite.revoke")} …
              </Button>
            )}
          </div>
        )}
      </section>
    </>
  );
}
