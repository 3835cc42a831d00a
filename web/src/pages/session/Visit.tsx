/* One session: how far it has come, who is waited for, how it may be entered and ended, and why it
 * is over. */
import { Button } from "@mantine/core";
import { IconCheck, IconExternalLink, IconHandStop, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { api, call, type Session } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery, queries } from "../../api/queries.ts";
import { useNow } from "../../text/clock.ts";
import { bytes, say, spanOf } from "../../text/format.ts";
import { useText, type Text, type TextKey } from "../../text/i18n.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Status } from "../../ui/Status.tsx";
import { Age, Moment } from "../../ui/Time.tsx";
import { afterwards, endsSoon, isMine, isOver, lastedMs, stages, stepsOf, type Stage, type Step } from "./model.ts";
import { sessionQuery } from "./query.ts";
import style from "./Session.module.css";
import { lookOf, placeOf, targetName, whoOf, whyWords } from "./words.ts";

function Dot({ is }: { is: Step }) {
  return (
    <span className={style.dot} data-is={is} aria-hidden>
      {is === "done" && <IconCheck size={12} stroke={3} />}
      {is === "failed" && <IconX size={12} stroke={3} />}
    </span>
  );
}

/* What a stage came to: a no is not a yes that failed, and what has ended is not open. */
function stageKey(stage: Stage, session: Session, asks: boolean): TextKey {
  if (stage === "yes" && !asks) return "session.stage.allowed";
  if (stage === "yes" && session.state === "refused" && session.why === "customer") return "session.stage.no";
  if (stage === "open" && session.state === "ended" && session.opened_at) return "session.state.ended";
  return `session.stage.${stage}`;
}

export function Stages({ session, asks }: { session: Session; asks: boolean }) {
  const { t } = useText();
  const steps = stepsOf(session, asks);

  return (
    <ol className={style.stages} aria-label={t("session.stages")}>
      {stages.map((stage) => (
        <li key={stage} data-is={steps[stage]} aria-current={steps[stage] === "now" ? "step" : undefined}>
          <Dot is={steps[stage]} />
          <span>{t(stageKey(stage, session, asks))}</span>
          <span className="sr-only">{t(`session.step.${steps[stage]}`)}</span>
        </li>
      ))}
    </ol>
  );
}

/* Whom the customer lets say yes, as far as it tells: how many, and what they are called together. */
function deskOf(text: Text, session: Session, desk: NonNullable<Session["desk"]>): string {
  const name = desk.name ?? text.t("session.waiting.the_desk", { place: placeOf(text, session) });
  return text.count("session.waiting.people", desk.count, { name });
}

function Waiting({ session }: { session: Session }) {
  const text = useText();
  const { t } = text;
  const at = session.waiting_at ?? session.created_at;
  return (
    <>
      <p>
        <strong>{session.desk ? t("session.waiting.named", { who: deskOf(text, session, session.desk) }) : t("session.waiting", { place: placeOf(text, session) })}</strong>{" "}
        {t("session.waiting.since")} <Moment at={at} /> (<Age at={at} />).
      </p>
      <p className={style.dim}>
        {t("session.waiting.how")}{" "}
        {session.ask_until && (
          <>
            {t("session.waiting.until")} <Moment at={session.ask_until} />.
          </>
        )}
      </p>
    </>
  );
}

/* The customer's no is no fault: it has the customer's look, and the end stays as it is. */
function NoMore({ no }: { no: NonNullable<Session["more_refused"]> }) {
  const text = useText();
  return (
    <div className={style.no}>
      <IconHandStop size={20} aria-hidden />
      <div>
        <p>
          <strong>{text.find(`session.more.no.${no.why}`) ?? whyWords(text, no.why)}</strong> <Moment at={no.at} />
        </p>
        <p>{text.find(`session.more.no.${no.why}.do`)}</p>
      </div>
    </div>
  );
}

function Silent({ since }: { since: string }) {
  const { t } = useText();
  return (
    <p className={style.silent}>
      <strong>{t("session.not.offline")}</strong> {t("session.not.offline.last")} <Moment at={since} />.
    </p>
  );
}

function Open({ session }: { session: Session }) {
  const text = useText();
  const { t } = text;
  const now = useNow();
  const left = session.ends_at ? Math.max(0, Date.parse(session.ends_at) - now) : null;
  const soon = endsSoon(session, now);

  return (
    <>
      {session.site_silent_since && <Silent since={session.site_silent_since} />}
      <p className={soon ? style.soon : undefined}>
        {session.opened_at && (
          <>
            {t("session.open.since")} <Moment at={session.opened_at} />.{" "}
          </>
        )}
        {session.ends_at && left !== null && (
          <>
            {t("session.open.until")} <Moment at={session.ends_at} /> ({t("session.open.left", { span: say(text, spanOf(left)) })}).{" "}
          </>
        )}
        {session.more_until ? (
          <>
            {t("session.more.asked")} <Moment at={session.more_until} />.
          </>
        ) : (
          t(soon && !session.more_refused ? "session.open.soon" : "session.open.idle")
        )}
      </p>
      {session.more_refused && <NoMore no={session.more_refused} />}
    </>
  );
}

function Over({ session }: { session: Session }) {
  const text = useText();
  const now = useNow();
  const { t } = text;
  const lasted = lastedMs(session, now);

  return (
    <>
      <p>
        <strong>{t(session.state === "refused" ? "session.refused" : "session.ended", { why: whyWords(text, session.why ?? "failed") })}</strong>{" "}
        {session.ended_at && <Moment at={session.ended_at} />}
        {lasted !== null && <> ({t("session.lasted", { span: say(text, spanOf(lasted)) })})</>}
      </p>
      <p>{text.find(afterwards(session)) ?? t("session.after.failed")}</p>
    </>
  );
}

function Says({ session, asks }: { session: Session; asks: boolean }) {
  const { t } = useText();

  if (isOver(session)) return <Over session={session} />;
  if (session.state === "open") return <Open session={session} />;
  if (session.state === "waiting_for_approval") return <Waiting session={session} />;
  return <p>{t(asks ? "session.requested.asks" : "session.requested.on")}</p>;
}

/* Who, why and how much: what is kept of a session, and nothing else is. */
function About({ session }: { session: Session }) {
  const text = useText();
  const { t } = text;
  return (
    <Facts>
      {whoOf(text, session)}
      <span className={style.reason}>{t("session.reason.is", { reason: session.reason })}</span>
      {session.opened_at &&
        t("session.traffic", { down: bytes(text.locale, session.bytes_down), up: bytes(text.locale, session.bytes_up) })}
      {session.opened_at && text.count("session.requests", session.requests)}
    </Facts>
  );
}

interface Props {
  session: Session;
  asks: boolean;
  /* Whoever has just asked for it goes on here. */
  focus: boolean;
  onAgain: () => void;
  onClose: () => void;
  /* What stands beside the title. */
  note?: ReactNode;
}

const endKeys: Record<string, TextKey> = {
  requested: "session.cancel",
  waiting_for_approval: "session.cancel",
  open: "session.end",
};

function Buttons({ session, onAgain, onClose }: Props) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const mine = isMine(session, me);
  const may = me?.rights.includes("sessions") ?? false;
  const over = isOver(session);

  const params = { path: { session: session.id } };
  const run = async (act: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await act();
      await queries.invalidateQueries({ queryKey: sessionQuery(session.id).queryKey });
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };

  /* Not `disabled`: what is disabled loses the keyboard's focus. */
  const not = (off: boolean) => ({ "aria-disabled": off, "data-disabled": off || undefined });
  const more = busy || Boolean(session.more_until);

  return (
    <>
      {error && (
        <p role="alert" className={style.refused}>
          {errorText(text, error)}
        </p>
      )}
      <div className={style.buttons}>
        {session.state === "open" && mine && (
          <Button
            size="sm"
            rightSection={<IconExternalLink size={16} aria-hidden />}
            renderRoot={(props) => (
              <a href={`/sessions/${session.id}/enter`} target="_blank" rel="noopener" {...props} />
            )}
          >
            {t("session.enter")}
          </Button>
        )}
        {!over && may && (
          <Button size="sm" variant="default" {...not(busy)} onClick={() => void run(() => call(api.DELETE("/api/v1/sessions/{session}", { params })))}>
            {t(endKeys[session.state] ?? "session.end")}
          </Button>
        )}
        {may && mine && session.state === "open" && (
          <Button
            size="sm"
            variant="default"
            {...not(more)}
            onClick={() => !more && void run(() => call(api.POST("/api/v1/sessions/{session}/more", { params })))}
          >
            {t("session.extend")}
          </Button>
        )}
        {may && over && (
          <Button size="sm" variant="default" onClick={onAgain}>
            {t("session.again")}
          </Button>
        )}
        <Button size="sm" variant="subtle" color="gray" onClick={onClose}>
          {t("ui.action.close")}
        </Button>
      </div>
    </>
  );
}

/* The heading takes over from a button that is gone with the state that it was of. */
function useHeading(session: Session, focus: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const inside = useRef(focus);

  useEffect(() => {
    if (inside.current && document.activeElement === document.body) heading.current?.focus();
  }, [session.state]);
  return { heading, onFocus: () => void (inside.current = true), onBlur: () => void (inside.current = false) };
}

export function Visit(props: Props) {
  const { session, asks, focus } = props;
  const text = useText();
  const { heading, ...kept } = useHeading(session, focus);

  return (
    <div className={style.visit} data-state={session.state} {...kept}>
      <div className={style.top}>
        <h2 ref={heading} tabIndex={-1}>
          {targetName(text, session.target)}
        </h2>
        <Status of="session.state" is={session.state} look={lookOf(session)} />
      </div>
      <Stages session={session} asks={asks} />
      <div role="status" className={style.says}>
        <Says session={session} asks={asks} />
      </div>
      <About session={session} />
      <Buttons {...props} />
    </div>
  );
}
