/* The door.  What was typed stays when it is refused; after the login one is where one wanted to
 * go.  Language and scheme can be chosen before anything else. */
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { logIn } from "../../session.ts";
import { useText } from "../../text/i18n.ts";
import { Door, Refused } from "../../ui/Door.tsx";
import icon from "../../ui/icon.svg";
import { useTitle } from "../../ui/Root.tsx";
import style from "./LoginPage.module.css";

const route = getRouteApi("/login");

/* Seconds until one may try again, counted down. */
function useWait(error: ApiError | null): number {
  const [left, setLeft] = useState(0);

  useEffect(() => {
    const until = Date.now() + (error?.retryAfterS ?? 0) * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    count();
    if (!error?.retryAfterS) return;
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

function Form({ to }: { to: string | undefined }) {
  const text = useText();
  const { t } = text;
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const address = useRef<HTMLInputElement>(null);
  const secret = useRef<HTMLInputElement>(null);
  const wait = useWait(error);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || wait > 0) return;
    /* What stands there, also if whoever filled it in has told nobody. */
    const who = address.current!.value.trim();
    const word = secret.current!.value;
    if (!who) return address.current!.focus();
    if (!word) return secret.current!.focus();
    setEmail(who);
    setPassword(word);
    setBusy(true);
    setError(null);
    try {
      await logIn(who, word);
      /* A path with its search, which only the history takes as it is. */
      router.history.push(to ?? "/sites");
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
      secret.current?.select();
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className={style.form} noValidate>
      {error && (
        <Refused>
          {errorText(text, error)}
          {wait > 0 && <> {text.count("ui.login.wait", wait)}</>}
        </Refused>
      )}
      <TextInput
        ref={address}
        label={t("ui.login.email")}
        type="email"
        name="email"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        required
        withAsterisk={false}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <PasswordInput
        ref={secret}
        label={t("ui.login.password")}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("ui.login.show_password"), tabIndex: 0 }}
      />
      <Button type="submit" disabled={busy || wait > 0}>
        {busy ? t("ui.login.busy") : t("ui.login.enter")}
      </Button>
    </form>
  );
}

export function LoginPage() {
  const { t } = useText();
  const { to, ended } = route.useSearch();
  useTitle(t("ui.login.title"));

  return (
    <Door>
      <div className={style.brand}>
        <img src={icon} width={36} height={36} alt="" />
        <span>Imprimatur</span>
      </div>
      <h1 className={style.title}>{t("ui.login.title")}</h1>
      {ended && (
        <p className={style.ended} role="status">
          {t("ui.login.ended")}
        </p>
      )}
      <Form to={to} />
    </Door>
  );
}
