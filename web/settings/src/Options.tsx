/* What the customer may set: shown, and changed here; secrets go in and never come out. */
import { useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Option, type State } from "./api.ts";
import { Problem, useAction, useLoad } from "./parts.tsx";

/* undefined: as it is; null: back to the default. */
type Edits = Record<string, string | null>;

function Input(props: {
  option: Option;
  edit: string | null | undefined;
  bad: boolean;
  onEdit: (value: string | null) => void;
}) {
  const { t, find } = useText();
  const { option: o, edit, bad, onEdit } = props;
  const id = `option-${o.name}`;
  const value = edit === undefined ? (o.value ?? "") : (edit ?? "");
  const placeholder = o.secret && o.set && edit === undefined ? t("set.options.kept") : (o.default ?? "");
  const help = find(`set.option.${o.name}.help`);
  const common = {
    id,
    "aria-invalid": bad,
    "aria-describedby": help ? `${id}-help` : undefined,
  };

  return (
    <div className="option" data-bad={bad || undefined}>
      <label htmlFor={id}>{find(`set.option.${o.name}`) ?? o.name}</label>
      {o.choices.length > 0 ? (
        <select
          {...common}
          value={value || (o.default ?? "")}
          onChange={(e) => onEdit(e.target.value)}
        >
          {o.choices.map((c) => (
            <option key={c} value={c}>
              {find(`set.option.${o.name}.${c}`) ?? c}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={o.secret ? "password" : "text"}
          autoComplete="off"
          spellCheck={false}
          value={value}
          placeholder={placeholder}
          onChange={(e) => onEdit(e.target.value === "" ? (o.set ? null : "") : e.target.value)}
        />
      )}
      {o.secret && o.set && edit === undefined && (
        <button type="button" className="link" onClick={() => onEdit(null)}>
          {t("set.options.remove")}
        </button>
      )}
      {edit === null && <span className="dim">{t("set.options.removed")}</span>}
      {help && (
        <p className="dim" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/* First what has to be known for anything to work; the rest as the connector lists it. */
const first = [
  ...["kind", "listen", "host", "allow", "name", "cert_file", "key_file", "url", "server", "to", "from", "port", "security"],
  ...["user", "key", "password", "xmlrpc", "token"],
];
const groups = ["source", "usage", "licence", "proxy"] as const;
type Group = (typeof groups)[number] | "desk";

function orderOf(o: Option): number {
  const at = first.indexOf(o.name.split(".").at(-1)!);
  return at < 0 ? first.length : at;
}

function changed(options: Option[], edits: Edits): { name: string; value?: string }[] {
  return options.flatMap((o) => {
    const edit = edits[o.name];
    if (edit === undefined || (edit === null && !o.set) || edit === "") return [];
    if (edit === null) return [{ name: o.name }];
    return edit === (o.value ?? (o.set ? undefined : o.default)) ? [] : [{ name: o.name, value: edit }];
  });
}

function Trust({ state }: { state: State }) {
  const { t } = useText();
  const { file, sha256 } = state.trust;
  return (
    <p>
      {file ? t("set.trust.file", { file }) : t("set.trust.system")}
      {sha256 && (
        <>
          {" "}
          {t("set.fingerprint")} <span className="code">{sha256}</span>
        </>
      )}
    </p>
  );
}

/* What does not fit, by the name of its field. */
function Wrong({ error }: { error: unknown }) {
  const { find } = useText();
  const field = error ? asApiError(error).field : undefined;
  const label = field && find(`set.option.${field}`);

  if (!label) return <Problem error={error} />;
  return (
    <p className="problem" role="alert">
      <strong>{label}:</strong> {find(`set.option.${field}.wrong`) ?? find(`error.${asApiError(error).code}`)}
    </p>
  );
}

/* Some groups of them, saved together. */
interface FormProps {
  all: Option[];
  kindNow: string;
  shown: readonly Group[];
  /* How many visits there are, which end when the connector begins anew. */
  visits: number;
}

export function OptionsForm({ all, kindNow, shown: named, visits }: FormProps) {
  const { t, count } = useText();
  const { busy, error, run } = useAction();
  const [options, setOptions] = useState(all);
  const [edits, setEdits] = useState<Edits>({});
  const [saved, setSaved] = useState(false);
  const kind = edits["source.kind"] ?? kindNow;
  const others = ["papercut", "cups"].filter((k) => k !== kind);
  const shown = options.filter((o) => !others.some((k) => o.name.startsWith(`source.${k}.`)));
  const items = changed(options, edits);
  const bad = asApiError(error).field;
  const byOrder = (a: Option, b: Option) => orderOf(a) - orderOf(b);

  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        run(async () => {
          setOptions((await connector.setOptions(items)).items);
          setEdits({});
          setSaved(true);
        });
      }}
    >
      {named.map((group) => {
        const rows = shown.filter((o) => o.name.startsWith(`${group}.`)).sort(byOrder);
        if (rows.length === 0) return null;
        return (
          <fieldset key={group} className="group">
            <legend className={named.length > 1 ? undefined : "sr-only"}>{t(`set.options.${group}`)}</legend>
            {rows.map((o) => (
              <Input
                key={o.name}
                option={o}
                edit={edits[o.name]}
                bad={bad === o.name}
                onEdit={(value) => {
                  setSaved(false);
                  setEdits({ ...edits, [o.name]: value });
                }}
              />
            ))}
          </fieldset>
        );
      })}
      <Wrong error={error} />
      {visits > 0 && (
        <p className="warn" role="status">
          {count("set.options.ends", visits)}
        </p>
      )}
      <div className="buttons">
        <button type="submit" className="button main" disabled={busy || items.length === 0}>
          {t("set.options.save")}
        </button>
        {saved && <span role="status">{t("set.options.saved")}</span>}
      </div>
    </form>
  );
}

export function Options({ state, visits }: { state: State; visits: number }) {
  const { t, find } = useText();
  const { data, error } = useLoad(connector.options);
  const s = state.source;
  const name = s.product ?? find(`set.option.source.kind.${s.kind}`) ?? s.kind;

  return (
    <>
      <p>
        {t("set.source.is", { name: s.version ? `${name} ${s.version}` : name })}{" "}
        <strong>{find(`set.source.${s.state ?? "not_read"}`) ?? s.state}</strong>
      </p>
      <p>
        {t("set.hub.is", { hub: state.hub })}{" "}
        {state.line.online
          ? t("set.hub.online")
          : t("set.hub.offline", { why: find(`error.${state.line.failure ?? "unreachable"}`) ?? "" })}
      </p>
      <Trust state={state} />
      <Problem error={error} />
      {data && <OptionsForm all={data.items} kindNow={s.kind} shown={groups} visits={visits} />}
    </>
  );
}
