/* Small parts that the page is made of. */
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { asApiError, errorText } from "../../src/api/error.ts";
import { exact } from "../../src/text/format.ts";
import { chooseLanguage, languageNames, languages, useText } from "../../src/text/i18n.ts";

export function Languages() {
  const { language, t } = useText();
  return (
    <nav className="languages" aria-label={t("ui.language")}>
      {languages.map((l) => (
        <button
          key={l}
          type="button"
          lang={l}
          aria-pressed={l === language}
          onClick={() => void chooseLanguage(l)}
        >
          {languageNames[l]}
        </button>
      ))}
    </nav>
  );
}

/* A part that opens; which one is open stands in the address, so that a reload shows the same. */
export function Fold(props: { name: string; title: string; note?: string; children: ReactNode }) {
  const [open, setOpen] = useState(() => location.hash === `#${props.name}`);

  useEffect(() => {
    const look = () => location.hash === `#${props.name}` && setOpen(true);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, [props.name]);
  return (
    <details
      className="fold"
      id={props.name}
      open={open}
      onToggle={(e) => {
        const now = e.currentTarget.open;
        if (now === open) return;
        setOpen(now);
        history.replaceState(null, "", now ? `#${props.name}` : location.pathname);
      }}
    >
      <summary>
        <h2>{props.title}</h2>
        {props.note && <span className="dim">{props.note}</span>}
      </summary>
      {open && <div className="fold-body">{props.children}</div>}
    </details>
  );
}

/* `wrong`: where the texts begin that say more of some codes than the general ones. */
export function Problem({ error, wrong }: { error: unknown; wrong?: string }) {
  const text = useText();
  if (!error) return null;
  const problem = asApiError(error);
  return (
    <p className="problem" role="alert">
      {(wrong && text.find(`${wrong}.${problem.code}`)) ?? (problem.code === "network" ? text.t("set.error.network") : errorText(text, problem))}{" "}
      <span className="code">{problem.code}</span>
    </p>
  );
}

/* Runs one action at a time and keeps what went wrong.  Switches are not disabled meanwhile: what is
 * disabled loses the keyboard's focus. */
export function useAction(): {
  busy: boolean;
  error: unknown;
  run: (action: () => Promise<void>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  const run = (action: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    action()
      .catch(setError)
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  };
  return { busy, error, run };
}

/* Asked for once, when it is first shown. */
export function useLoad<T>(load: () => Promise<T>): { data: T | null; error: unknown } {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let gone = false;
    load().then(
      (d) => !gone && setData(d),
      (e: unknown) => !gone && setError(e),
    );
    return () => {
      gone = true;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return { data, error };
}

export function When({ at }: { at: string }) {
  const { language } = useText();
  const words = new Intl.DateTimeFormat(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(at));
  return (
    <time dateTime={at} title={exact(language, Date.parse(at))}>
      {words}
    </time>
  );
}

/* Choices of which one holds; each has a line that says what it means. */
export function Choices<T extends string>(props: {
  legend: string;
  value: T;
  options: { value: T; label: string; means?: string }[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend className="sr-only">{props.legend}</legend>
      {props.options.map((o) => (
        <label key={o.value} className="choice">
          <input
            type="radio"
            name={name}
            checked={props.value === o.value}
            onChange={() => props.onChange(o.value)}
          />
          <span>
            {o.label}
            {o.means && <span className="means">{o.means}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
