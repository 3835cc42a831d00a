/* The legal texts, for everybody: no login, in the language chosen on this page. */
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import { legalNames, legalQuery, type LegalName } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Choices } from "../../ui/Choices.tsx";
import icon from "../../ui/icon.svg";
import { Markdown } from "../../ui/Markdown.tsx";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { NotFound, useTitle } from "../../ui/Root.tsx";
import style from "./LegalPage.module.css";

function Names({ now }: { now?: LegalName }) {
  const { t } = useText();

  return (
    <nav aria-label={t("ui.legal.title")}>
      <ul className={style.names}>
        {legalNames.map((name) => (
          <li key={name}>
            <Link to="/legal/$name" params={{ name }} aria-current={name === now ? "page" : undefined}>
              {t(`ui.legal.name.${name}`)}
            </Link>
          </li>
        ))}
        <li>
          <a href="/licences.txt" target="_blank" rel="noopener">
            {t("ui.legal.licences")}
          </a>
        </li>
      </ul>
    </nav>
  );
}

function Text({ name }: { name: LegalName }) {
  const { t, language } = useText();
  const { data, error, refetch } = useQuery(legalQuery(name, language));
  useTitle(t(`ui.legal.name.${name}`));

  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <>
      {/* Here nobody's provider is meant. */}
      <Markdown
        text={data.text.replaceAll("{provider}", t("ui.legal.provider"))}
        language={data.language}
      />
      <p className={style.hash}>
        {t("ui.legal.version", { version: data.version })} · SHA-256 <code>{data.sha256}</code>
      </p>
    </>
  );
}

function Frame({ now, children }: { now?: LegalName; children?: React.ReactNode }) {
  return (
    <div className={style.page}>
      <header className={style.head}>
        <Link to="/" className={style.brand}>
          <img src={icon} width={28} height={28} alt="" />
          <span>Imprimatur</span>
        </Link>
        <Choices />
      </header>
      <Names now={now} />
      <main className={style.main}>{children}</main>
    </div>
  );
}

function ListPage() {
  const { t } = useText();
  useTitle(t("ui.legal.title"));

  return (
    <Frame>
      <h1 className={style.title}>{t("ui.legal.title")}</h1>
      <p>{t("ui.legal.prevails")}</p>
    </Frame>
  );
}

function TextPage() {
  const { name } = textRoute.useParams();
  const known = legalNames.find((n) => n === name);

  if (!known) return <NotFound />;
  return (
    <Frame now={known}>
      <Text name={known} />
    </Frame>
  );
}

export const listRoute = createLazyRoute("/legal")({ component: ListPage });
export const textRoute = createLazyRoute("/legal/$name")({ component: TextPage });
