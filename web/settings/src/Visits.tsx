/* Who wants to visit, who does, and who did.  A visit that waits for a yes stands before everything
 * else; what somebody answers or ends here holds at once, whatever the hub says. */
import { useEffect, useRef, useState, type RefObject } from "react";
import { ageOf, bytes, say, spanOf } from "../../src/text/format.ts";
import { useText, type Text } from "../../src/text/i18n.ts";
import { connector, type PastVisit, type Sessions, type State, type Visit } from "./api.ts";
import { Problem, useAction, When } from "./parts.tsx";

/* Read with each state, so that both are of one moment. */
export function useSessions(state: State | null) {
  const [sessions, setSessions] = useState<Sessions | null>(null);
  const now = state?.now;

  useEffect(() => {
    if (!now) return;
    let gone = false;
    connector.sessions().then(
      (fresh) => !gone && setSessions(fresh),
      /* That the connector does not answer is said by who asks for its state. */
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [now]);
  return { sessions, setSessions };
}

/* Its own name, or what every print server has. */
function nameOf(text: Text, visit: { target_kind: string; target_name?: string | null }): string {
  return visit.target_name ?? text.find(`set.visits.target.${visit.target_kind}`) ?? visit.target_kind;
}

interface Props {
  sessions: Sessions;
  onSessions: (sessions: Sessions) => void;
}

function Asks({ visit, provider, onSessions, after }: { visit: Visit; provider: string; after: () => void } & Omit<Props, "sessions">) {
  const text = useText();
  const { t } = text;
  const { busy, error, run } = useAction();
  const id = `ask-${visit.id}`;
  const answer = (yes: boolean) =>
    run(async () => {
      onSessions(await (yes ? connector.approve(visit.id) : connector.refuse(visit.id)));
      after();
    });

  return (
    <article className="asks" aria-labelledby={id}>
      <h2 id={id}>{t("set.visits.waits", { by: visit.by, target: nameOf(text, visit) })}</h2>
      <p>{t("set.visits.of", { by: visit.by, provider })}</p>
      <p>
        <strong>{t("set.visits.reason", { reason: visit.reason })}</strong>
      </p>
      <p>{t(visit.target_kind === "console" ? "set.visits.gets.console" : "set.visits.gets.mfp")}</p>
      <div className="buttons">
        <button type="button" className="button main" disabled={busy} onClick={() => answer(true)}>
          {t("set.visits.yes")}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => answer(false)}>
          {t("set.visits.no")}
        </button>
      </div>
      <p className="dim">
        {t("set.visits.unanswered")} <When at={visit.until} />. {t("set.visits.unsure")}
      </p>
      <Problem error={error} />
    </article>
  );
}

/* Before everything else on the page; said aloud when it appears. */
export function Waiting({ sessions, onSessions, provider, visits }: Props & { provider: string; visits: RefObject<HTMLElement | null> }) {
  const { t } = useText();
  const waiting = sessions.items.filter((v) => v.state === "waiting_for_approval");

  return (
    <div aria-live="assertive" role="region" aria-label={t("set.visits.waiting")}>
      {waiting.map((visit) => (
        <Asks
          key={visit.id}
          visit={visit}
          provider={provider}
          onSessions={onSessions}
          /* Its buttons are gone: the keyboard goes on where the visit stands now. */
          after={() => visits.current?.focus()}
        />
      ))}
    </div>
  );
}

function Open({ visit, now, onSessions }: { visit: Visit; now: string } & Omit<Props, "sessions">) {
  const text = useText();
  const { t } = text;
  const { busy, error, run } = useAction();
  const passed = visit.bytes_up + visit.bytes_down;

  return (
    <article className="switch">
      <div className="switch-head">
        <h3>{t("set.visits.in", { by: visit.by, target: nameOf(text, visit) })}</h3>
        <button
          type="button"
          className="button danger"
          disabled={busy}
          aria-label={t("set.visits.end.of", { by: visit.by, target: nameOf(text, visit) })}
          onClick={() => run(async () => onSessions(await connector.end(visit.id)))}
        >
          {t("set.visits.end")}
        </button>
      </div>
      <p>{t("set.visits.reason", { reason: visit.reason })}</p>
      <p className="dim">
        {visit.opened_at && (
          <>
            {t("set.visits.since")} <When at={visit.opened_at} /> ({say(text, ageOf(Date.parse(now), Date.parse(visit.opened_at)))}).{" "}
          </>
        )}
        {t("set.visits.until")} <When at={visit.until} />. {t("set.visits.passed", { size: bytes(text.language, passed) })}
      </p>
      <Problem error={error} />
    </article>
  );
}

/* Those that are open now. */
export function Live({ sessions, onSessions, now, heading }: Props & { now: string; heading: RefObject<HTMLElement | null> }) {
  const { t } = useText();
  const open = sessions.items.filter((v) => v.state === "open");

  return (
    <section aria-labelledby="visits">
      <h2 id="visits" ref={heading as RefObject<HTMLHeadingElement>} tabIndex={-1}>
        {t("set.visits.title")}
      </h2>
      <div role="status">{open.length === 0 && <p>{t("set.visits.nobody")}</p>}</div>
      {open.map((visit) => (
        <Open key={visit.id} visit={visit} now={now} onSessions={onSessions} />
      ))}
      <p className="dim">
        <a href="#past">{t("set.visits.past")}</a>
      </p>
    </section>
  );
}

function outcome(text: Text, visit: PastVisit): string {
  const state = text.find(`session.group.${visit.state}`) ?? visit.state;
  const why = visit.why && (text.find(`session.why.${visit.why}`) ?? visit.why);
  return why ? text.t("set.visits.outcome", { state, why }) : state;
}

function Row({ visit }: { visit: PastVisit }) {
  const text = useText();
  const lasted = visit.opened_at && visit.ended_at ? Date.parse(visit.ended_at) - Date.parse(visit.opened_at) : null;

  return (
    <li className="visit">
      <span>
        <When at={visit.opened_at ?? visit.asked_at} />
      </span>
      <span>
        {nameOf(text, visit)}
        <span className="means">{outcome(text, visit)}</span>
      </span>
      <span className="visit-size">
        {lasted !== null && say(text, spanOf(Math.max(0, lasted)))}
        {lasted !== null && <span className="means">{bytes(text.language, visit.bytes_up + visit.bytes_down)}</span>}
      </span>
    </li>
  );
}

const shownAtFirst = 20;

export function Past({ sessions }: { sessions: Sessions }) {
  const { t } = useText();
  const [all, setAll] = useState(false);
  const rows = all ? sessions.past : sessions.past.slice(0, shownAtFirst);

  return (
    <>
      <p className="dim">{t("set.visits.past.means")}</p>
      {rows.length === 0 && <p>{t("set.visits.past.none")}</p>}
      <ol className="records visits">
        {rows.map((visit) => (
          <Row key={visit.id} visit={visit} />
        ))}
      </ol>
      {rows.length < sessions.past.length && (
        <button type="button" className="button" onClick={() => setAll(true)}>
          {t("set.visits.past.all", { count: sessions.past.length })}
        </button>
      )}
    </>
  );
}

/* For the title of the tab: somebody waits, wherever one looks. */
export function waitingCount(sessions: Sessions | null): number {
  return sessions?.items.filter((v) => v.state === "waiting_for_approval").length ?? 0;
}

export function useHeading(): RefObject<HTMLElement | null> {
  return useRef<HTMLElement>(null);
}
