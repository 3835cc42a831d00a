/* The operator's support: for a provider, whether it may look and what it looked at; for a person of support, which
 * providers let support in now (R74). */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, call, type SupportGrant, type SupportLook } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery, queries, supportProvidersQuery, supportQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { useDraft } from "../../ui/draft.ts";
import { Empty, Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { Moment } from "../../ui/Time.tsx";
import style from "./Support.module.css";

export const supportRoute = createLazyRoute("/inside/support")({ component: SupportPage });

/* How long one may let support in, in hours. */
const spans = [1, 8, 24, 72, 168] as const;

/* A call, and what is shown while it runs and if it fails. */
function useCall() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (what: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  return { busy, error, run };
}

function Refused({ error }: { error: ApiError | null }) {
  const text = useText();
  if (!error) return null;
  return (
    <p role="alert" className={style.refused}>
      {errorText(text, error)}
    </p>
  );
}

/* ---- the provider's side ---- */

function LetIn() {
  const { t } = useText();
  const [reason, setReason] = useDraft("support", "");
  const [hours, setHours] = useState<number>(8);
  const { busy, error, run } = useCall();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      await call(api.POST("/api/v1/support", { body: { hours, reason } }));
      setReason(null);
      await queries.invalidateQueries({ queryKey: supportQuery.queryKey });
    });
  };

  return (
    <form className={style.form} onSubmit={submit}>
      <Refused error={error} />
      <label className={style.field}>
        <span>{t("support.reason")}</span>
        <input value={reason} onChange={(e) => setReason(e.target.value)} required maxLength={500} />
      </label>
      <label className={style.field}>
        <span>{t("support.for")}</span>
        <select value={hours} onChange={(e) => setHours(Number(e.target.value))}>
          {spans.map((h) => (
            <option key={h} value={h}>
              {t(`support.hours.${h}`)}
            </option>
          ))}
        </select>
      </label>
      <Button type="submit" loading={busy}>
        {t("support.let_in")}
      </Button>
    </form>
  );
}

function Granted({ grant }: { grant: SupportGrant }) {
  const { t } = useText();
  const { busy, error, run } = useCall();
  const withdraw = () =>
    void run(async () => {
      await call(api.DELETE("/api/v1/support"));
      await queries.invalidateQueries({ queryKey: supportQuery.queryKey });
    });

  return (
    <div className={style.granted}>
      <Refused error={error} />
      <p>
        <strong>{t("support.is_in")}</strong> {t("support.until")} <Moment at={grant.until} />
      </p>
      <p className={style.dim}>
        {grant.granted_by ?? "–"}: {grant.reason}
      </p>
      <Button variant="default" loading={busy} onClick={withdraw}>
        {t("support.withdraw")}
      </Button>
    </div>
  );
}

function Objects({ id }: { id: string }) {
  const { t } = useText();
  if (id.startsWith("site_"))
    return (
      <Link to="/sites/$id" params={{ id }}>
        {t("support.a_site")}
      </Link>
    );
  if (id.startsWith("cust_"))
    return (
      <Link to="/customers/$id" params={{ id }}>
        {t("support.a_customer")}
      </Link>
    );
  return <>{id.startsWith("prov_") ? t("support.lists") : t("support.other")}</>;
}

function Looks({ looks }: { looks: readonly SupportLook[] }) {
  const { t } = useText();
  if (looks.length === 0) return <p className={style.dim}>{t("support.no_looks")}</p>;
  return (
    <div className={style.wide} tabIndex={0} role="group" aria-label={t("support.looks")}>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t("support.when")}</th>
            <th scope="col">{t("support.who")}</th>
            <th scope="col">{t("support.did")}</th>
            <th scope="col">{t("support.what")}</th>
          </tr>
        </thead>
        <tbody>
          {looks.map((look, i) => (
            <tr key={i}>
              <td>
                <Moment at={look.at} />
              </td>
              <td>{look.by ?? "–"}</td>
              <td>{t(`support.verb.${look.verb}` as "support.verb.support_looked")}</td>
              <td>{look.verb === "support_looked" ? <Objects id={look.object} /> : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function History({ grants }: { grants: readonly SupportGrant[] }) {
  const { t } = useText();
  return (
    <div className={style.wide} tabIndex={0} role="group" aria-label={t("support.history")}>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t("support.from")}</th>
            <th scope="col">{t("support.ended")}</th>
            <th scope="col">{t("support.by")}</th>
            <th scope="col">{t("support.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {grants.map((g) => (
            <tr key={g.granted_at}>
              <td>
                <Moment at={g.granted_at} />
              </td>
              <td>{g.ended_at ? <Moment at={g.ended_at} /> : "–"}</td>
              <td>{g.granted_by ?? "–"}</td>
              <td>{g.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ProvidersSide() {
  const { t } = useText();
  const { data, error, refetch } = useQuery(supportQuery);

  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <>
      <p>{t("support.means")}</p>
      <section className={style.card}>{data.grant ? <Granted grant={data.grant} /> : <LetIn />}</section>
      <h2>{t("support.looks")}</h2>
      <Looks looks={data.looks} />
      {data.history.length > 0 && (
        <>
          <h2>{t("support.history")}</h2>
          <History grants={data.history} />
        </>
      )}
    </>
  );
}

/* ---- support's side ---- */

function SupportsSide() {
  const { t } = useText();
  const { data, error, refetch } = useQuery(supportProvidersQuery);
  const { busy, error: refused, run } = useCall();
  const enter = (provider: string) =>
    void run(async () => {
      await call(api.POST("/api/v1/support/providers/{provider}/logins", { params: { path: { provider } } }));
      /* Anew, so that nothing that was read with one login is shown with another. */
      location.assign("/sites");
    });

  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  if (data.items.length === 0)
    return (
      <Empty title={t("support.nobody")}>
        <p>{t("support.nobody.how")}</p>
      </Empty>
    );
  return (
    <>
      <p>{t("support.own")}</p>
      <Refused error={refused} />
      <ul className={style.providers}>
        {data.items.map((p) => (
          <li key={p.id} className={style.card}>
            <div>
              <strong>{p.name}</strong>
              <p className={style.dim}>{p.reason}</p>
              <p className={style.dim}>
                {t("support.until")} <Moment at={p.until} />
              </p>
            </div>
            <Button variant="default" disabled={busy} onClick={() => enter(p.id)}>
              {t("support.enter", { provider: p.name })}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

function SupportPage() {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);
  useTitle(t("ui.support.title"));

  return (
    <div className={style.page} data-scroll-restoration-id="support">
      <h1>{t("ui.support.title")}</h1>
      {me?.rights.includes("support") && <SupportsSide />}
      {me?.rights.includes("let_support_in") && <ProvidersSide />}
    </div>
  );
}
