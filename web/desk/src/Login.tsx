/* Name, password and code, all at once: which of them is wrong is not said. */
import { useState } from "react";
import { asApiError, errorText } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { Languages, useAction } from "../../settings/src/parts.tsx";
import { logIn } from "./api.ts";

function Refused({ error }: { error: unknown }) {
  const text = useText();
  if (!error) return null;
  const problem = asApiError(error);
  const minutes = Math.max(1, Math.ceil((problem.retryAfterS ?? 60) / 60));
  const words =
    problem.code === "login_failed"
      ? text.t("desk.login.failed")
      : problem.code === "too_many_logins"
        ? text.count("desk.login.too_many", minutes)
        : problem.code === "network"
          ? text.t("desk.unreachable")
          : errorText(text, problem);
  return (
    <p className="problem" role="alert">
      {words}
    </p>
  );
}

export function Login({ ended, onEntered }: { ended: boolean; onEntered: () => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const enter = async () => {
    try {
      await logIn(name.trim(), password, code.replaceAll(/\s/g, ""));
    } finally {
      setCode(""); /* good once, whatever became of it */
    }
    onEntered();
  };

  return (
    <main className="page login">
      <Languages />
      <h1>{t("desk.title.short")}</h1>
      <p>{t("desk.login.means")}</p>
      {ended && !error && <p role="status">{t("desk.login.ended")}</p>}
      <form
        onSubmit={(e) => {
          e.preventDefault();
          run(enter);
        }}
      >
        <label htmlFor="name">{t("desk.login.name")}</label>
        <input id="name" type="text" required autoComplete="username" spellCheck={false} value={name} onChange={(e) => setName(e.target.value)} />
        <label htmlFor="password">{t("desk.login.password")}</label>
        <input
          id="password"
          type="password"
          required
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        <label htmlFor="code">{t("desk.login.code")}</label>
        <input
          id="code"
          type="text"
          inputMode="numeric"
          required
          autoComplete="one-time-code"
          placeholder="123 456"
          value={code}
          onChange={(e) => setCode(e.target.value)}
        />
        <Refused error={error} />
        <div className="buttons">
          <button type="submit" className="button main" disabled={busy}>
            {t("desk.login.enter")}
          </button>
        </div>
      </form>
    </main>
  );
}
