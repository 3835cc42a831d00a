/* Approving from a desk: whether its page is open, who may say yes there, and how they hear of a visit that waits. */
import { useEffect, useRef, useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { connector, type Desk as View, type Notice } from "./api.ts";
import { OptionsForm } from "./Options.tsx";
import { Problem, useAction, useLoad, When } from "./parts.tsx";
import { Qr } from "./Qr.tsx";

interface Props {
  view: View;
  onView: (view: View) => void;
}

const everyMs = 2000;

function Page({ view }: { view: View }) {
  const { t } = useText();
  if (view.state !== "open")
    return (
      <p className={view.state === "off" ? undefined : "problem"} role="status">
        {t(`set.desk.state.${view.state}`)} {view.problem && <span className="code">{view.problem}</span>}
      </p>
    );
  return (
    <>
      <p role="status">
        {t("set.desk.state.open")}{" "}
        <a href={view.url!} target="_blank" rel="noopener noreferrer">
          {view.url}
        </a>
      </p>
      <p className="dim">
        {t("set.desk.fingerprint")} <span className="code">{view.fingerprint}</span>
      </p>
    </>
  );
}

function Approver({ one, onView }: { one: View["approvers"][number]; onView: Props["onView"] }) {
  const { t } = useText();
  const { error, run } = useAction();
  return (
    <li>
      <span>
        <strong>{one.name}</strong>
        <span className="means">
          {t("set.desk.approver.since")} <When at={one.made_at} />
        </span>
      </span>
      <button
        type="button"
        className="link"
        aria-label={t("set.desk.approver.remove.of", { name: one.name })}
        onClick={() => run(async () => onView(await connector.removeApprover(one.id)))}
      >
        {t("set.desk.approver.remove")}
      </button>
      <Problem error={error} />
    </li>
  );
}

/* "GEZD GNBV ...": as people type it. */
function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

function Wrong({ error }: { error: unknown }) {
  const { find } = useText();
  const { code, field } = asApiError(error);
  const words = error && field ? (find(`set.desk.wrong.${field}.${code}`) ?? find(`set.desk.wrong.${field}`)) : undefined;

  if (!words) return <Problem error={error} />;
  return (
    <p className="problem" role="alert">
      {words}
    </p>
  );
}

/* The secret is shown once, here; it goes back with the code that proves it was taken. */
function Add({ onView, onDone, secret }: { onView: Props["onView"]; onDone: () => void; secret: string }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const link = `otpauth://totp/${encodeURIComponent(`Imprimatur:${name || "desk"}`)}?secret=${secret}&issuer=Imprimatur`;

  return (
    <form
      className="approver"
      onSubmit={(e) => {
        e.preventDefault();
        run(async () => {
          onView(await connector.addApprover({ name: name.trim(), password, secret, code: code.replaceAll(/\s/g, "") }));
          onDone();
        });
      }}
    >
      <label htmlFor="approver-name">{t("set.desk.approver.name")}</label>
      <input id="approver-name" type="text" required maxLength={60} autoComplete="off" value={name} onChange={(e) => setName(e.target.value)} />
      <p className="dim">{t("set.desk.approver.name.help")}</p>
      <label htmlFor="approver-password">{t("set.desk.approver.password")}</label>
      <input
        id="approver-password"
        type="password"
        required
        minLength={10}
        autoComplete="new-password"
        value={password}
        onChange={(e) => setPassword(e.target.value)}
      />
      <p>{t("set.desk.approver.secret")}</p>
      <Qr text={link} label={t("set.desk.approver.qr")} />
      <p>
        <span className="code secret">{inGroups(secret)}</span> <a href={link}>{t("set.desk.approver.app")}</a>
      </p>
      <label htmlFor="approver-code">{t("set.desk.approver.code")}</label>
      <input
        id="approver-code"
        type="text"
        inputMode="numeric"
        required
        autoComplete="off"
        placeholder="123 456"
        value={code}
        onChange={(e) => setCode(e.target.value)}
      />
      <Wrong error={error} />
      <div className="buttons">
        <button type="submit" className="button main" disabled={busy}>
          {t("set.desk.approver.add")}
        </button>
        <button type="button" className="button" onClick={onDone}>
          {t("set.cancel")}
        </button>
      </div>
    </form>
  );
}

function Approvers({ view, onView }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { t } = useText();
  const { busy, error, run } = useAction();
  const [secret, setSecret] = useState<string | null>(null);

  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        {t("set.desk.approvers")}
      </h3>
      {view.approvers.length === 0 && <p>{t("set.desk.approvers.none")}</p>}
      <ul className="stored rows">
        {view.approvers.map((one) => (
          <Approver
            key={one.id}
            one={one}
            onView={(fresh) => {
              /* Its button goes with it. */
              heading.current?.focus();
              onView(fresh);
            }}
          />
        ))}
      </ul>
      <Problem error={error} />
      {secret ? (
        <Add secret={secret} onView={onView} onDone={() => setSecret(null)} />
      ) : (
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => run(async () => setSecret((await connector.deskSecret()).secret))}
        >
          {t("set.desk.approver.new")}
        </button>
      )}
    </>
  );
}

function Told({ notice, way }: { notice: Notice; way: "mail" | "webhook" }) {
  const { t, find } = useText();
  if (!notice.on) return null;
  return (
    <p role="status" className={notice.why && !notice.busy ? "problem" : undefined}>
      {t(`set.desk.notice.${way}`)}{" "}
      {notice.busy
        ? t("set.desk.notice.busy")
        : notice.at === null
          ? t("set.desk.notice.never")
          : notice.why
            ? (find(`set.desk.notice.why.${notice.why}`) ?? t("set.desk.notice.failed", { why: notice.why }))
            : t("set.desk.notice.sent")}{" "}
      {notice.at && !notice.busy && <When at={notice.at} />}
    </p>
  );
}

function Notices({ view, onView }: Props) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const on = view.mail.on || view.webhook.on;

  return (
    <>
      <h3>{t("set.desk.notices")}</h3>
      <p className="dim">{t(on ? "set.desk.notices.means" : "set.desk.notices.none")}</p>
      <Told notice={view.mail} way="mail" />
      <Told notice={view.webhook} way="webhook" />
      {on && (
        <button
          type="button"
          className="button"
          disabled={busy || view.mail.busy || view.webhook.busy}
          onClick={() => run(async () => onView(await connector.testNotice()))}
        >
          {t("set.desk.notice.test")}
        </button>
      )}
      <Problem error={error} />
    </>
  );
}

/* As long as it is open: what becomes of the page and of a notice shows by itself. */
function useDesk() {
  const [view, setView] = useState<View | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    let over = false;
    const ask = () =>
      connector.desk().then(
        (fresh) => {
          if (over) return;
          setView(fresh);
          setError(null);
        },
        (e: unknown) => !over && setError(e),
      );
    void ask();
    const timer = setInterval(() => void ask(), everyMs);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, []);
  return { view, setView, error };
}

export function Desk({ visits }: { visits: number }) {
  const { t } = useText();
  const { view, setView, error } = useDesk();
  const options = useLoad(connector.options);

  return (
    <>
      <p>{t("set.desk.means")}</p>
      <Problem error={error ?? options.error} />
      {view && (
        <>
          <Page view={view} />
          <Approvers view={view} onView={setView} />
          <Notices view={view} onView={setView} />
        </>
      )}
      {options.data && (
        <>
          <h3>{t("set.options.desk")}</h3>
          <OptionsForm all={options.data.items} kindNow="" shown={["desk"]} visits={visits} />
        </>
      )}
    </>
  );
}
