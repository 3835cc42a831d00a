/* What an invitation leads to: who asks for what, before anything is installed or sent.  No login.
 * The code stands behind the address's `#`, which no browser sends, or is typed here. */
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { api, call, type Schemas } from "../../api/client.ts";
import { asApiError, errorText, mayRetry } from "../../api/error.ts";
import { useText } from "../../text/i18n.ts";
import { Choices } from "../../ui/Choices.tsx";
import icon from "../../ui/icon.svg";
import { Markdown } from "../../ui/Markdown.tsx";
import { Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { enrolCommand, handedCommand, packageCommand, packagePath, startCommand } from "../invite/commands.ts";
import { Command, Step } from "../invite/Copy.tsx";
import invite from "../invite/Invite.module.css";
import { readCode } from "./code.ts";
import style from "./InstallPage.module.css";

type Offer = Schemas["InvitationAnswer"];

/* Names, the same in every language. */
const systems: Record<string, string> = { debian: "Debian 12" };

/* As it stands in the address now; a link that is opened in the same tab changes nothing else. */
function useFragment(): string {
  const read = () => location.hash.slice(1).replaceAll("%20", " ");
  const [fragment, setFragment] = useState(read);

  useEffect(() => {
    const changed = () => setFragment(read());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return fragment;
}

function AskCode({ typed, wrong }: { typed: string; wrong: string | null }) {
  const { t } = useText();
  const [code, setCode] = useState(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    location.hash = code.trim();
  };

  return (
    <form className={invite.form} onSubmit={submit}>
      {wrong && (
        <p role="alert" className={invite.refused}>
          {wrong}
        </p>
      )}
      <TextInput
        label={t("install.code")}
        description={t("install.code.means")}
        name="code"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        autoFocus
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <div className={invite.buttons}>
        <Button type="submit">{t("install.code.show")}</Button>
      </div>
    </form>
  );
}

function Who({ offer }: { offer: Offer }) {
  const text = useText();
  const { t } = text;
  const region = text.find(`set.region.${offer.region}`) ?? offer.region;

  return (
    <>
      <h1 className={style.title}>{t("install.title", { provider: offer.provider })}</h1>
      <dl className={style.facts}>
        <dt>{t("install.customer")}</dt>
        <dd>{offer.customer}</dd>
        <dt>{t("install.site")}</dt>
        <dd>{offer.site}</dd>
        <dt>{t("install.region")}</dt>
        <dd>{region}</dd>
      </dl>
      {offer.replaces && <p className={style.note}>{t("install.replaces")}</p>}
      <p>{t("install.nothing_yet")}</p>
      <div className={style.columns}>
        <section>
          <h2>{t("install.sent")}</h2>
          <p>{t("install.sent.text", { provider: offer.provider })}</p>
        </section>
        <section>
          <h2>{t("install.never")}</h2>
          <p>{t("install.never.text")}</p>
        </section>
      </div>
      <p>
        <Link to="/legal/$name" params={{ name: "customer-leaflet" }}>
          {t("ui.legal.name.customer-leaflet")}
        </Link>
        {" · "}
        <Link to="/legal/$name" params={{ name: "privacy-policy" }}>
          {t("ui.legal.name.privacy-policy")}
        </Link>
      </p>
    </>
  );
}

/* One package: what it is, how to fetch, verify and install it, and the file itself. */
function Package({ item }: { item: Schemas["package"] }) {
  const { t, number } = useText();
  const { name, os, arch, version, bytes } = item;
  const [before, after] = t("install.package.copy", { link: "\n" }).split("\n");

  return (
    <>
      <p>{t("install.package.for", { system: systems[os] ?? os, arch, version, size: number(bytes / 2 ** 20) })}</p>
      <Command label={t("invite.copy.command")}>{packageCommand(item)}</Command>
      <p>
        {before}
        <a href={packagePath(name)} download>
          {name}
        </a>
        {after}
      </p>
    </>
  );
}

function Packages() {
  const text = useText();
  const { t } = text;
  const { data, error } = useQuery({
    queryKey: ["packages"],
    queryFn: ({ signal }) => call(api.GET("/api/v1/packages", { signal })),
  });

  if (error) return <p role="alert">{errorText(text, asApiError(error))}</p>;
  if (!data) return <Waiting />;
  if (data.items.length === 0)
    return (
      <>
        <p>{t("install.package.none")}</p>
        <Command label={t("invite.copy.command")}>{handedCommand}</Command>
      </>
    );
  return (
    <>
      <p>{t("install.package.means")}</p>
      {data.items.map((item) => (
        <Package key={item.name} item={item} />
      ))}
    </>
  );
}

function How() {
  const { t } = useText();

  return (
    <>
      <h2>{t("install.how")}</h2>
      <Step title={t("install.step.package")}>
        <Packages />
      </Step>
      <Step title={t("install.step.enrol")}>
        <p>{t("install.step.enrol.means")}</p>
        <Command label={t("invite.copy.command")}>{enrolCommand}</Command>
      </Step>
      <Step title={t("install.step.start")}>
        <Command label={t("invite.copy.command")}>{startCommand}</Command>
        <p>{t("install.step.start.means")}</p>
      </Step>
    </>
  );
}

function Agreement({ offer }: { offer: Offer }) {
  const { t } = useText();
  const { version, sha256, text, language } = offer.agreement;

  return (
    <section className={style.agreement} aria-label={t("ui.legal.name.connector-agreement")}>
      <p className={style.dim}>
        {t("ui.legal.name.connector-agreement")} · {t("ui.legal.version", { version })} · SHA-256{" "}
        <code>{sha256}</code>
      </p>
      <details open>
        <summary>{t("install.agreement")}</summary>
        <Markdown text={text} language={language} />
      </details>
    </section>
  );
}

function Invited({ code }: { code: string }) {
  const text = useText();
  const { language } = text;
  const { data: offer, error, refetch } = useQuery({
    queryKey: ["invited", code, language],
    queryFn: ({ signal }) =>
      call(api.POST("/c/v1/invitation", { body: { code, language }, signal })),
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });

  if (error) {
    const problem = asApiError(error);
    return (
      <>
        <h1 className={style.title}>{text.t("install.refused")}</h1>
        <AskCode
          key={code}
          typed={code}
          wrong={errorText(text, problem)}
        />
        {mayRetry(problem) && (
          <div className={invite.buttons}>
            <Button variant="default" onClick={() => void refetch()}>
              {text.t("ui.action.retry")}
            </Button>
          </div>
        )}
      </>
    );
  }
  if (!offer) return <Waiting />;
  return (
    <>
      <Who offer={offer} />
      <How />
      <Agreement offer={offer} />
    </>
  );
}

function InstallPage() {
  const { t } = useText();
  const typed = useFragment();
  const code = readCode(typed);
  useTitle(t("install.page"));

  return (
    <div className={style.page}>
      <header className={style.head}>
        <span className={style.brand}>
          <img src={icon} width={28} height={28} alt="" />
          Imprimatur
        </span>
        <Choices />
      </header>
      <main className={style.main}>
        {code ? (
          <Invited code={code} />
        ) : (
          <>
            <h1 className={style.title}>{t("install.page")}</h1>
            <AskCode
              key={typed}
              typed={typed}
              wrong={typed ? t("error.code_mistyped") : null}
            />
          </>
        )}
      </main>
    </div>
  );
}

export const installRoute = createLazyRoute("/install")({ component: InstallPage });
