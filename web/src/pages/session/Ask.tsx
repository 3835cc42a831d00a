/* Asking to open something at a site: what, and why, which the customer reads. */
import { Button } from "@mantine/core";
import { useId, useState, type FormEvent } from "react";
import { api, call, type Session, type Site, type Targets } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { queries } from "../../api/queries.ts";
import { octets } from "../../text/format.ts";
import { useText } from "../../text/i18n.ts";
import { useDraft } from "../../ui/draft.ts";
import { consoleTarget, hindrance, switchOf } from "./model.ts";
import { devicesOf } from "./query.ts";
import { lastReasons, rememberReason } from "./reasons.ts";
import { Hindered } from "./Hindered.tsx";
import style from "./Session.module.css";
import { targetName } from "./words.ts";

/* As the hub counts: octets. */
const most = 500;

interface Props {
  site: Site;
  /* What was asked for: "console", a target's id, or "device", which is to be chosen. */
  open: string;
  targets: Targets | undefined;
  /* Asked again: its reason stands there. */
  again: Session | undefined;
  onAsked: (id: string) => void;
  onTarget: (target: string) => void;
  onLeave: () => void;
}

function What({ site, open, targets: all, onTarget }: Props) {
  const text = useText();
  const targets = devicesOf(all);
  const { t } = text;
  const id = useId();
  const known = open === consoleTarget || open === "device" || targets.some((target) => target.id === open);

  if (targets.length === 0 && open === consoleTarget) return null;
  return (
    <div className={style.field}>
      <label htmlFor={id}>{t("session.target")}</label>
      <select id={id} required value={open === "device" ? "" : open} onChange={(e) => onTarget(e.target.value)}>
        {open === "device" && <option value="">{t("session.target.choose")}</option>}
        {!known && <option value={open}>{t("session.target.gone")}</option>}
        <option value={consoleTarget}>{t("session.console.of", { product: site.server?.product ?? t("target.kind.console") })}</option>
        {targets.map((target) => (
          <option key={target.id} value={target.id}>
            {targetName(text, target)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Last({ reason, onChoose }: { reason: string; onChoose: (reason: string) => void }) {
  const { t } = useText();
  const [last] = useState(lastReasons);
  const offered = last.filter((r) => r !== reason.trim());

  if (offered.length === 0) return null;
  return (
    <div className={style.last}>
      <span id="last-reasons">{t("session.reason.last")}</span>
      <ul aria-labelledby="last-reasons">
        {offered.slice(0, 4).map((r) => (
          <li key={r}>
            <button type="button" className={style.chip} title={r} onClick={() => onChoose(r)}>
              {r}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/* A tab that is opened by the click itself is no pop-up; it waits until the session is open. */
function openTab(id: string): void {
  window.open(`/sessions/${id}/enter`, "_blank", "noopener");
}

export function Ask(props: Props) {
  const { site, open, again, onAsked, onLeave } = props;
  const text = useText();
  const { t } = text;
  const [reason, setReason] = useDraft(`reason.${again?.id ?? site.id}`, again?.reason ?? "");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const id = useId();
  const target = open === "device" ? "tgt" : open;
  const why = hindrance(site, target, props.targets?.sessions);
  const asks = site.permissions?.[switchOf(target)] !== "on";

  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: site.id } };
      const body = { target: open, reason: reason.trim() };
      const asked = await call(api.POST("/api/v1/sites/{id}/sessions", { params, body }));
      rememberReason(reason);
      setReason(null);
      if (!asks) openTab(asked.id);
      onAsked(asked.id);
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    } catch (caught) {
      setError(asApiError(caught));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && reason.trim() && octets(reason.trim()) <= most) void ask();
  };
  const long = octets(reason.trim()) > most;

  return (
    <form
      className={style.ask}
      onSubmit={submit}
      onKeyDown={(e) => e.key === "Escape" && onLeave()}
      aria-label={t("session.ask.title")}
    >
      <div className={style.fields}>
        <What {...props} />
        {!why && (
          <div className={style.field} data-wide="true">
            <label htmlFor={id}>{t("session.reason")}</label>
            <input
              id={id}
              name="reason"
              autoFocus
              required
              autoComplete="off"
              placeholder={t("session.reason.example")}
              aria-describedby={`${id}-seen`}
              aria-invalid={long}
              value={reason}
              onChange={(e) => setReason(e.currentTarget.value)}
            />
          </div>
        )}
      </div>
      {why ? (
        <Hindered why={why} site={site} />
      ) : (
        <>
          <p className={style.dim} id={`${id}-seen`}>
            {t(long ? "session.reason.long" : "session.reason.seen")}{" "}
            {t(asks ? "session.asks" : "session.allowed", { customer: site.customer.name })}
          </p>
          <Last reason={reason} onChoose={setReason} />
        </>
      )}
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)} <span className={style.code}>{t("ui.error.code", { code: error.code })}</span>
        </p>
      )}
      <div className={style.buttons}>
        {!why && (
          <Button type="submit" size="sm" disabled={busy || !reason.trim() || long || open === "device"}>
            {t(asks ? "session.ask" : "session.open")}
          </Button>
        )}
        <Button size="sm" variant="default" onClick={onLeave}>
          {t(why ? "ui.action.close" : "invite.cancel")}
        </Button>
      </div>
    </form>
  );
}
