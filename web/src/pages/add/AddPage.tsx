/* Adding a site: a customer that is there or a new one, the site's name, and its invitation at
 * once.  What was made stays made when a later step fails: trying again goes on from there. */
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { useRef, useState, type FormEvent } from "react";
import { api, call, type Customer, type Invitation, type Site } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { customersQuery, queries } from "../../api/queries.ts";
import { isLanguage, useText, type Language } from "../../text/i18n.ts";
import { LanguageSelect } from "../../ui/Choices.tsx";
import { useDraft } from "../../ui/draft.ts";
import { Once } from "../../ui/Once.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { InvitationCard } from "../invite/InvitationCard.tsx";
import style from "../invite/Invite.module.css";
import { mailBody, MailField } from "../invite/MailField.tsx";
import own from "./AddPage.module.css";

interface Made {
  customer?: Customer;
  site?: Site;
  invitation?: Invitation;
  mailedTo?: string;
}

function same(a: string, b: string): boolean {
  return a.trim().localeCompare(b.trim(), undefined, { sensitivity: "base" }) === 0;
}

/* The customer whose name was typed, if there is one. */
function useKnown(typed: string): { known: Customer | undefined; offered: Customer[] } {
  const { data } = useQuery(customersQuery(typed.trim()));
  const offered = data?.items ?? [];
  return { known: offered.find((c) => same(c.name, typed)), offered };
}

async function addAll(made: Made, name: string, language: Language, site: string, mailTo: string): Promise<void> {
  if (!made.customer || !same(made.customer.name, name)) {
    const body = { name: name.trim(), language };
    made.customer = await call(api.POST("/api/v1/customers", { body }));
    made.site = undefined;
  }
  if (!made.site || made.site.name !== site.trim()) {
    const body = { customer_id: made.customer.id, name: site.trim() };
    made.site = await call(api.POST("/api/v1/sites", { body }));
  }
  const params = { path: { id: made.site.id } };
  const body = mailBody(mailTo);
  made.invitation = await call(api.POST("/api/v1/sites/{id}/invitations", { params, body }));
  made.mailedTo = body.mail_to;
}

function Form({ onMade }: { onMade: (made: Made, language: Language) => void }) {
  const text = useText();
  const { t } = text;
  const [customer, setCustomer] = useDraft("add.customer", "");
  const [site, setSite] = useDraft("add.site", "");
  const [mailTo, setMailTo] = useDraft("add.mail_to", "");
  const [chosen, setChosen] = useState<Language>(text.language);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const made = useRef<Made>({});
  const { known, offered } = useKnown(customer);
  const language = isLanguage(known?.language) ? known.language : chosen;

  const forget = () => {
    setCustomer(null);
    setSite(null);
    setMailTo(null);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || !customer.trim() || !site.trim()) return;
    setBusy(true);
    setError(null);
    try {
      if (known && made.current.customer?.id !== known.id) made.current = { customer: known };
      await addAll(made.current, customer, language, site, mailTo);
      forget();
      onMade(made.current, language);
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
    void queries.invalidateQueries({ queryKey: ["customers"] });
    void queries.invalidateQueries({ queryKey: ["sites"] });
  };

  return (
    <form className={style.form} onSubmit={(event) => void submit(event)}>
      {busy && <Once />}
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <TextInput
        label={t("add.customer")}
        description={t("add.customer.means")}
        name="customer"
        list="customers"
        autoComplete="off"
        autoFocus
        required
        withAsterisk={false}
        maxLength={100}
        value={customer}
        onChange={(event) => setCustomer(event.currentTarget.value)}
      />
      <datalist id="customers">
        {offered.map((c) => (
          <option key={c.id} value={c.name} />
        ))}
      </datalist>
      {customer.trim() !== "" && (
        <p className={style.dim} role="status">
          {known
            ? t("add.customer.known", { name: known.name })
            : t("add.customer.new", { name: customer.trim() })}
        </p>
      )}
      {!known && (
        <label className={own.language}>
          <span>{t("add.language")}</span>
          <LanguageSelect value={chosen} onChange={setChosen} />
        </label>
      )}
      <TextInput
        label={t("add.site")}
        description={t("add.site.means")}
        name="site"
        autoComplete="off"
        required
        withAsterisk={false}
        maxLength={100}
        value={site}
        onChange={(event) => setSite(event.currentTarget.value)}
      />
      <MailField value={mailTo} onChange={setMailTo} />
      <div className={style.buttons}>
        <Button type="submit" disabled={busy}>
          {t("add.submit")}
        </Button>
        <Link to="/sites" onClick={forget}>
          {t("invite.cancel")}
        </Link>
        <Link to="/import">{t("add.many")}</Link>
      </div>
    </form>
  );
}

function AddPage() {
  const { t } = useText();
  const [made, setMade] = useState<Made | null>(null);
  const [language, setLanguage] = useState<Language>("en");
  useTitle(t("add.title"));

  return (
    <div className={own.page}>
      <h1>{t("add.title")}</h1>
      <p>
        <Link to="/invitations">{t("invited.title")}</Link>
      </p>
      {!made && (
        <Form
          onMade={(all, theirs) => {
            setLanguage(theirs);
            setMade(all);
          }}
        />
      )}
      {made?.customer && made.site && made.invitation && (
        <>
          <InvitationCard
            invitation={made.invitation}
            customer={made.customer.name}
            site={made.site.name}
            language={language}
            onLanguage={setLanguage}
            mailedTo={made.mailedTo}
          />
          <div className={style.buttons}>
            <Link to="/sites/$id" params={{ id: made.site.id }} search={{ tab: "connector" }}>
              {t("add.open")}
            </Link>
            <Button variant="default" onClick={() => setMade(null)}>
              {t("add.another")}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

export const addRoute = createLazyRoute("/inside/add")({ component: AddPage });
