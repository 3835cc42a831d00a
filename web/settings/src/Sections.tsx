/* The agreement, what lies on this machine, and the way out. */
import { useState } from "react";
import { useText } from "../../src/text/i18n.ts";
import { Markdown } from "../../src/ui/Markdown.tsx";
import { connector, type State } from "./api.ts";
import { forget } from "./call.ts";
import { Problem, useAction, useLoad, When } from "./parts.tsx";

export function Agreement({ state }: { state: State }) {
  const { t } = useText();
  const { data, error } = useLoad(connector.agreement);
  const c = state.consent;

  return (
    <>
      {c && (
        <p>
          {t("set.agreement.record", { version: c.version })} <When at={c.accepted_at} />.{" "}
          {c.unattended && t("set.agreement.unattended")} {t("set.fingerprint")}{" "}
          <span className="code">{c.sha256}</span>
        </p>
      )}
      <Problem error={error} />
      {data && (
        <div className="agreement" role="region" aria-label={t("set.agreement.title")} tabIndex={0}>
          {data.text === null ? (
            t("set.agreement.no_text")
          ) : (
            <Markdown text={data.text} language={c?.language ?? "en"} />
          )}
        </div>
      )}
    </>
  );
}

export function Stored({ dir }: { dir: string }) {
  const { t, find } = useText();
  const { data, error } = useLoad(connector.stored);

  return (
    <>
      <p>
        {t("set.stored.means")} <span className="code">{dir}</span>
      </p>
      <Problem error={error} />
      <ul className="stored">
        {data?.items.map((f) => (
          <li key={f.name}>
            <span className="code">{f.name}</span>
            <span>
              {find(`set.stored.${f.name.replace(/\W+/g, "_")}`) ?? f.name}
              {f.secret && <em> {t("set.stored.secret")}</em>}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/* Dangerous: says what will be gone, and asks for the name. */
export function Leave(props: { state: State; onLeft: (told: boolean) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [typed, setTyped] = useState("");
  const provider = props.state.provider ?? "?";

  return (
    <form
      className="leave"
      onSubmit={(e) => {
        e.preventDefault();
        run(async () => {
          const { told } = await connector.leave(typed);
          forget();
          props.onLeft(told);
        });
      }}
    >
      <p>{t("set.leave.means", { provider })}</p>
      <ul>
        <li>{t("set.leave.told", { provider })}</li>
        <li>{t("set.leave.removed")}</li>
        <li>{t("set.leave.kept")}</li>
        <li>{t("set.leave.hub", { provider })}</li>
      </ul>
      <label htmlFor="leave-name">{t("set.leave.type", { provider })}</label>
      <input
        id="leave-name"
        type="text"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
      />
      <Problem error={error} />
      <button
        type="submit"
        className="button danger"
        disabled={busy || typed.trim() !== provider}
      >
        {t(busy ? "set.leave.busy" : "set.leave.yes")}
      </button>
    </form>
  );
}

export function Uninstall({ dir }: { dir: string }) {
  const { t } = useText();
  return (
    <>
      <h3>{t("set.uninstall.title")}</h3>
      <p>{t("set.uninstall.means")}</p>
      <p>
        <span className="code">{dir}</span>
      </p>
    </>
  );
}
