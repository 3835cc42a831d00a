/* The provider's users and what each may do; and, for a customer, who is entitled to what there, to be handed over on paper or
 * as a file in the customer's language (R73). */
import { Button } from "@mantine/core";
import { IconFileSpreadsheet, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import type { CustomerRow, Me, User } from "../../api/client.ts";
import { customerQuery, customerSitesQuery, meQuery, usersQuery } from "../../api/queries.ts";
import { hubNow } from "../../text/clock.ts";
import { csvText, saveCsv } from "../../text/csv.ts";
import { exact } from "../../text/format.ts";
import { isLanguage, textIn, useText, type Text } from "../../text/i18n.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import {
  acts,
  byName,
  dayWords,
  entitledCsv,
  loginWords,
  mayAct,
  rightsOf,
  rightWords,
  roleWords,
  scopeWords,
  switchWords,
  usersCsv,
} from "./model.ts";
import style from "./Users.module.css";

const route = getRouteApi("/inside/users");

function Buttons({ save, children }: { save: () => void; children?: ReactNode }) {
  const { t } = useText();
  return (
    <div className={style.buttons}>
      {children}
      <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
        {t("users.print")}
      </Button>
      <Button variant="default" leftSection={<IconFileSpreadsheet size={16} aria-hidden />} onClick={save}>
        {t("licence.save")}
      </Button>
    </div>
  );
}

function Rights({ text, users }: { text: Text; users: readonly User[] }) {
  return (
    <ul className={style.rights}>
      {rightsOf(users).map((right) => (
        <li key={right}>{rightWords(text, right)}</li>
      ))}
    </ul>
  );
}

/* The rights of each role: those who have one have the same. */
function Roles({ text, users }: { text: Text; users: readonly User[] }) {
  const roles = [...new Set(users.map((u) => u.role))];
  return roles.map((role) => (
    <section key={role} className={style.part}>
      <h2>{text.t("users.role.may", { role: roleWords(text, role) })}</h2>
      <Rights text={text} users={users.filter((u) => u.role === role)} />
    </section>
  ));
}

function AllUsers({ users }: { users: readonly User[] }) {
  const text = useText();
  const { t } = text;
  useTitle(t("ui.users.title"));

  return (
    <>
      <div className={style.top}>
        <h1>{t("ui.users.title")}</h1>
        <Buttons save={() => saveCsv("users.csv", csvText(usersCsv(text, users)))} />
      </div>
      <p>{t("users.means")}</p>
      <div className={style.wide} tabIndex={0} role="group" aria-label={t("users.table")}>
        <table className={style.table} aria-label={t("ui.users.title")}>
          <thead>
            <tr>
              {(["name", "email", "role", "scope", "since", "last_login"] as const).map((column) => (
                <th key={column} scope="col">
                  {t(`users.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {users.map((u) => (
              <tr key={u.id}>
                <th scope="row">{u.name}</th>
                <td>{u.email}</td>
                <td>{roleWords(text, u.role)}</td>
                <td>{scopeWords(text, u.scope)}</td>
                <td>{dayWords(text, u.created_at)}</td>
                <td>{loginWords(text, u.last_login_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Roles text={text} users={users} />
    </>
  );
}

interface PaperProps {
  /* In the customer's language. */
  text: Text;
  me: Me;
  customer: CustomerRow;
  users: readonly User[];
}

function Paper({ text, me, customer, users }: PaperProps) {
  const { t } = text;
  const page = useText();
  const [at] = useState(hubNow);
  const { data: sites, error, refetch } = useQuery(customerSitesQuery(customer.id));
  const entitled = users.filter((u) => u.scope === "all");
  const provider = me.provider.name;

  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!sites) return <Waiting />;
  return (
    <>
      <Buttons save={() => saveCsv("entitled.csv", csvText(entitledCsv(text, { provider, customer: customer.name, at, users: entitled, sites })))}>
        <Link to="/customers/$id" params={{ id: customer.id }} className={style.back}>
          {page.t("users.back")}
        </Link>
      </Buttons>
      <article className={style.paper} lang={text.language}>
        <h1>{t("users.paper.title", { customer: customer.name })}</h1>
        <p>
          {t("users.paper.by", { provider, at: exact(text.locale, at), region: me.region.toUpperCase() })}
        </p>
        <div className={style.wide} tabIndex={0} role="group" aria-label={t("users.table")}>
          <table className={style.table} aria-label={t("users.paper.people")}>
            <thead>
              <tr>
                {(["name", "email", "role", "since", "last_login"] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`users.${column}`)}
                  </th>
                ))}
                {acts.map((act) => (
                  <th key={act} scope="col">
                    {t(`users.act.${act}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entitled.map((u) => (
                <tr key={u.id}>
                  <th scope="row">{u.name}</th>
                  <td>{u.email}</td>
                  <td>{roleWords(text, u.role)}</td>
                  <td>{dayWords(text, u.created_at)}</td>
                  <td>{loginWords(text, u.last_login_at)}</td>
                  {acts.map((act) => (
                    <td key={act}>{t(mayAct(u, act) ? "ui.yes" : "ui.no")}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p>{t("users.paper.sign_in")}</p>
        <p>{t("users.paper.switches")}</p>
        {sites.length > 0 && (
          <div className={style.wide} tabIndex={0} role="group" aria-label={t("users.table")}>
            <table className={style.table} aria-label={t("users.switch")}>
              <caption>{t("users.switch")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("users.site")}</th>
                  {(["monitoring", "console", "mfp"] as const).map((name) => (
                    <th key={name} scope="col">
                      {t(`ui.permission.${name}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {sites.map((site) => (
                  <tr key={site.id}>
                    <th scope="row">{site.name}</th>
                    {(["monitoring", "console", "mfp"] as const).map((name) => (
                      <td key={name}>{switchWords(text, site.permissions, name)}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Roles text={text} users={entitled} />
        <p className={style.dim}>{t("users.paper.operator")}</p>
      </article>
    </>
  );
}

/* What is handed over is in the language of whoever reads it. */
function ForCustomer({ id, me, users }: { id: string; me: Me; users: readonly User[] }) {
  const { t } = useText();
  const { data: customer, error, refetch } = useQuery(customerQuery(id));
  const [text, setText] = useState<Text>();
  const language = customer?.language;
  useTitle(t("users.entitled"));

  useEffect(() => {
    if (isLanguage(language)) void textIn(language).then(setText);
  }, [language]);
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!customer || !text) return <Waiting />;
  return <Paper text={text} me={me} customer={customer} users={users} />;
}

function UsersPage() {
  const { customer } = route.useSearch();
  const { data: me } = useQuery(meQuery);
  const { data, error, refetch } = useQuery(usersQuery);

  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data || !me) return <Waiting />;
  const users = byName(data);
  return (
    <div className={style.page} data-scroll-restoration-id="users">
      {customer ? <ForCustomer key={customer} id={customer} me={me} users={users} /> : <AllUsers users={users} />}
    </div>
  );
}

export const usersRoute = createLazyRoute("/inside/users")({ component: UsersPage });
