/* What stands below the pages before the list: language, colours, and the legal texts, which can be
 * read before anything is typed or accepted. */
import { useMantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import {
  chooseLanguage,
  isLanguage,
  languageNames,
  languages,
  useText,
  type Language,
} from "../text/i18n.ts";
import style from "./Choices.module.css";

interface LanguageProps {
  value: Language;
  onChange: (language: Language) => void;
}

export function LanguageSelect({ value, onChange }: LanguageProps) {
  return (
    <select
      name="language"
      value={value}
      onChange={({ target }) => isLanguage(target.value) && onChange(target.value)}
    >
      {languages.map((l) => (
        <option key={l} value={l} lang={l}>
          {languageNames[l]}
        </option>
      ))}
    </select>
  );
}

export function Choices() {
  const { t, language } = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  return (
    <div className={style.choices}>
      <label>
        <span className="sr-only">{t("ui.language")}</span>
        <LanguageSelect value={language} onChange={(l) => void chooseLanguage(l)} />
      </label>
      <label>
        <span className="sr-only">{t("ui.scheme")}</span>
        <select
          value={colorScheme}
          onChange={({ target: { value } }) => setColorScheme(value as typeof colorScheme)}
        >
          {(["auto", "light", "dark"] as const).map((s) => (
            <option key={s} value={s}>
              {t(`ui.scheme.${s}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function LegalLinks() {
  const { t } = useText();

  return (
    <nav className={style.links} aria-label={t("ui.legal.title")}>
      <Link to="/legal/$name" params={{ name: "privacy-policy" }}>
        {t("ui.legal.name.privacy-policy")}
      </Link>
      <Link to="/legal/$name" params={{ name: "hub-terms" }}>
        {t("ui.legal.name.hub-terms")}
      </Link>
      <Link to="/legal">{t("ui.legal.title")}</Link>
    </nav>
  );
}
