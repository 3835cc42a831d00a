/* Who wants to visit, who does, and who did.  A visit that waits for a yes stands before everything
 * else; what somebody answers or ends here holds at once, whatever the hub says. */
import { useEffect, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { bytes, say, spanOf } from "../../src/text/format.ts";
import { useText, type Text } from "../../src/text/i18n.ts";
import { connector, type PastVisit, type Sessions, type State } from "./api.ts";
import { When } from "./parts.tsx";
import { Asks, awaits, nameOf, Open, useStill } from "./Visit.tsx";

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

interface Props {
  sessions: Sessions;
  onSessions: (sessions: Sessions) => void;
}

/* Before everything else on the page; said aloud when it appears. */
export function Waiting({ sessions, onSessions, provider, visits }: Props & { provider: string; visits: RefObject<HTMLElement | null> }) {
  const { t } = useText();
  const waiting = sessions.items.filter(awaits);
  const still = useStill(waiting);

  return (
    <div aria-live="assertive" role="region" aria-label={t("set.visits.waiting")}>
      {waiting.map((visit) => (
        <Asks
          key={`${visit.id}/${visit.question}`}
          visit={visit}
          provider={provider}
          still={still}
          onAnswer={async (yes) => {
            const answered = await connector.answer(visit, yes);
            /* Its buttons are gone: keyboard and eye go on where the visit stands now, which is another place than before. */
            flushSync(() => onSessions(answered));
            visits.current?.focus();
          }}
        />
      ))}
    </div>
  );
}

/* Those that are open now. */
export function Live({ sessions, onSessions, now, tunnel, heading }: Props & { now: string; tunnel: string | null; heading: RefObject<HTMLElement | null> }) {
  const { t, find } = useText();
  const open = sessions.items.filter((v) => v.state === "open");

  return (
    <section aria-labelledby="visits">
      <h2 id="visits" ref={heading as RefObject<HTMLHeadingElement>} tabIndex={-1}>
        {t("set.visits.title")}
      </h2>
      <div role="status">{open.length === 0 && <p>{t("set.visits.nobody")}</p>}</div>
      {tunnel && open.length > 0 && (
        <p className="problem" role="alert">
          {t("set.visits.tunnel", { why: find(`error.${tunnel}`) ?? "" })} <span className="code">{tunnel}</span>
        </p>
      )}
      {open.map((visit) => (
        <Open key={visit.id} visit={visit} now={now} onEnd={async () => onSessions(await connector.end(visit.id))} />
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
  return sessions?.items.filter(awaits).length ?? 0;
}

export function useHeading(): RefObject<HTMLElement | null> {
  return useRef<HTMLElement>(null);
}
