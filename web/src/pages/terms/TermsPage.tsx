/* The hub terms, between the login and everything else: shown whole, accepted by ticking what one
 * accepts.  What is sent is the fingerprint of the text that is on the page. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import type { Me, Terms } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery, termsQuery } from "../../api/queries.ts";
import { acceptTerms, logOut } from "../../session.ts";
import { useText } from "../../text/i18n.ts";
import { Door, Refused } from "../../ui/Door.tsx";
import { Markdown } from "../../ui/Markdown.tsx";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import style from "./TermsPage.module.css";

interface TickProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: string;
}

function Tick({ checked, onChange, children }: TickProps) {
  return (
    <label className={style.tick}>
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

function Form({ me, terms, to }: { me: Me; terms: Terms; to: string | undefined }) {
  const text = useText();
  const { t } = text;
  const router = useRouter();
  const [mine, setMine] = useState(false);
  const [ours, setOurs] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const provider = me.provider.name;
  const open = terms.provider_accepted_at === null;
  const may = me.rights.includes("terms");

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await acceptTerms(terms, open && ours);
      router.history.push(to ?? "/sites");
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
  };
  const leave = async () => {
    await logOut();
    await router.navigate({ to: "/login", search: {} });
  };

  return (
    <form onSubmit={(event) => void submit(event)} className={style.form}>
      {error && <Refused>{errorText(text, error)}</Refused>}
      {open && !may ? (
        <p role="status">{t("ui.terms.wait", { provider })}</p>
      ) : (
        <>
          <Tick checked={mine} onChange={setMine}>
            {t("ui.terms.mine")}
          </Tick>
          {open && (
            <Tick checked={ours} onChange={setOurs}>
              {t("ui.terms.ours", { provider })}
            </Tick>
          )}
        </>
      )}
      <div className={style.buttons}>
        <Button type="submit" disabled={busy || !mine || (open && !ours)}>
          {t("ui.terms.accept")}
        </Button>
        <Button type="button" variant="default" onClick={() => void leave()}>
          {t("ui.login.leave")}
        </Button>
      </div>
    </form>
  );
}

function TermsPage() {
  const { t, language } = useText();
  const { to } = termsRoute.useSearch();
  const me = useQuery(meQuery).data;
  const { data: terms, error, refetch } = useQuery(termsQuery(language));
  useTitle(t("ui.terms.title"));

  return (
    <Door wide>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!error && !(me && terms) && <Waiting />}
      {me && terms && (
        <>
          <p className={style.why}>{t("ui.terms.why", { provider: me.provider.name })}</p>
          <div className={style.text} tabIndex={0} role="region" aria-label={t("ui.terms.title")}>
            <Markdown text={terms.text ?? ""} language={terms.language} />
          </div>
          <Form me={me} terms={terms} to={to} />
        </>
      )}
    </Door>
  );
}

export const termsRoute = createLazyRoute("/terms")({ component: TermsPage });
