/* One visit, as it is shown on the settings page and on the desk's. */
import { useEffect, useState } from "react";
import { ageOf, bytes, say } from "../../src/text/format.ts";
import { useText, type Text } from "../../src/text/i18n.ts";
import type { Visit } from "./api.ts";
import { Problem, useAction, When } from "./parts.tsx";

/* Its own name, or what every print server has. */
export function nameOf(text: Text, visit: { target_kind: string; target_name?: string | null }): string {
  return visit.target_name ?? text.find(`set.visits.target.${visit.target_kind}`) ?? visit.target_kind;
}

/* Whoever waits for an answer: to be let in, or to stay longer. */
export function awaits(visit: Visit): boolean {
  return visit.state === "waiting_for_approval" || Boolean(visit.more_until);
}

const stillMs = 1500;

/* False as long as the questions have only just come to stand where they do: a hub that exchanges them must not have a yes, meant
 * for the one that stood there before, for another. */
export function useStill(waiting: Visit[]): boolean {
  const which = waiting.map((visit) => `${visit.id}/${visit.question}`).join();
  const [still, setStill] = useState("");

  useEffect(() => {
    const timer = setTimeout(() => setStill(which), stillMs);
    return () => {
      clearTimeout(timer);
      setStill("");
    };
  }, [which]);
  return still === which;
}

/* One that waits: who, what for, what a yes gives; no word is taken before it stands still. */
export function Asks(props: { visit: Visit; provider: string; still: boolean; onAnswer: (yes: boolean) => Promise<void> }) {
  const { visit, provider, still } = props;
  const text = useText();
  const { t } = text;
  const { busy, error, run } = useAction();
  const id = `ask-${visit.id}`;
  const more = visit.more_until;
  const answer = (yes: boolean) => run(() => props.onAnswer(yes));

  return (
    <article className="asks" aria-labelledby={id}>
      <h2 id={id}>{t(more ? "set.visits.more.waits" : "set.visits.waits", { by: visit.by, target: nameOf(text, visit) })}</h2>
      <p>{t("set.visits.of", { by: visit.by, provider })}</p>
      <p>
        <strong>{t("set.visits.reason", { reason: visit.reason })}</strong>
      </p>
      <p>
        {more ? t("set.visits.more.gets") : t(visit.target_kind === "console" ? "set.visits.gets.console" : "set.visits.gets.mfp")}
      </p>
      <div className="buttons">
        <button type="button" className="button main" disabled={busy} aria-disabled={!still} onClick={() => still && answer(true)}>
          {t(more ? "set.visits.more.yes" : "set.visits.yes")}
        </button>
        <button type="button" className="button" disabled={busy} aria-disabled={!still} onClick={() => still && answer(false)}>
          {t("set.visits.no")}
        </button>
      </div>
      <p className="dim">
        {t(more ? "set.visits.more.unanswered" : "set.visits.unanswered")} <When at={more ?? visit.until} />. {t("set.visits.unsure")}
      </p>
      <Problem error={error} />
    </article>
  );
}

/* One that is open, with its end. */
export function Open({ visit, now, onEnd }: { visit: Visit; now: string; onEnd: () => Promise<void> }) {
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
          onClick={() => run(onEnd)}
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
