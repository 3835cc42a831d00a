/* The page: who, what they may do, and everything that can be checked; one thing after the other. */
import { useEffect, useState } from "react";
import { asApiError } from "../../src/api/error.ts";
import { useText, type TextKey } from "../../src/text/i18n.ts";
import { connector, type Sessions, type State } from "./api.ts";
import { forget } from "./call.ts";
import { Desk } from "./Desk.tsx";
import { Fields } from "./Fields.tsx";
import { Ledger } from "./Ledger.tsx";
import { Options } from "./Options.tsx";
import { Fold, Languages, When } from "./parts.tsx";
import { Agreement, Leave, Stored, Uninstall } from "./Sections.tsx";
import { Switches } from "./Switches.tsx";
import { Targets } from "./Targets.tsx";
import { Live, Past, useHeading, useSessions, Waiting, waitingCount } from "./Visits.tsx";

export type Entry = "open" | "closed" | "spent" | "unreachable";
/* Why the page shows nothing but a sentence. */
type Ending = Exclude<Entry, "open"> | "idle" | "left" | "left_untold";

const everyMs = 2000;
const nobody: Sessions = { items: [], past: [] };

/* Asks again and again while somebody can see it. */
function useLive(open: boolean, onEnd: (ending: Ending) => void) {
  const [state, setState] = useState<State | null>(null);
  const [silent, setSilent] = useState(false);

  useEffect(() => {
    if (!open) return;
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const ask = async () => {
      if (document.visibilityState === "visible") {
        try {
          const fresh = await connector.state();
          if (over) return;
          setState(fresh);
          setSilent(false);
        } catch (error) {
          if (over) return;
          if (asApiError(error).code === "unauthenticated") {
            forget();
            onEnd("idle");
            return;
          }
          setSilent(true);
        }
      }
      if (!over) timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [open, onEnd]);
  return { state, setState, silent };
}

function Ended({ why }: { why: Ending }) {
  const { t } = useText();
  return (
    <main className="page ended">
      <Languages />
      <h1>{t(`set.end.${why}.title`)}</h1>
      <p>{t(`set.end.${why}`)}</p>
    </main>
  );
}

function region(t: (key: TextKey) => string, code: string | null): string {
  const known = ["de", "us", "uk", "au"] as const;
  const found = known.find((k) => k === code?.toLowerCase());
  return found ? t(`set.region.${found}`) : (code ?? "?").toUpperCase();
}

function Head({ state }: { state: State }) {
  const { t } = useText();
  const provider = state.provider ?? "?";
  return (
    <header>
      <Languages />
      <h1>{t("set.title", { provider })}</h1>
      <p className="where">
        {state.customer}, {state.site}
        <span className="dot" aria-hidden>
          ·
        </span>
        {t("set.region", { region: region(t, state.region) })}
      </p>
      {state.consent && (
        <p className="dim">
          {t("set.agreed")} <When at={state.consent.accepted_at} />.{" "}
          <a href="#agreement">{t("set.agreement.read")}</a> <a href="#leave">{t("set.leave.link")}</a>
        </p>
      )}
    </header>
  );
}

/* What is wrong, before anything else. */
function Warnings({ state, silent }: { state: State; silent: boolean }) {
  const { t } = useText();
  return (
    <>
      {silent && (
        <p className="problem" role="alert">
          {t("set.no_answer")} <When at={state.now} />.
        </p>
      )}
      {state.revoked_at && (
        <p className="warn" role="alert">
          {t(state.replaced ? "set.replaced" : "set.revoked", { provider: state.provider ?? "?" })} <When at={state.revoked_at} />.
        </p>
      )}
      {state.line.storage !== "ok" && (
        <p className="problem" role="alert">
          {t(`set.storage.${state.line.storage}`)}
        </p>
      )}
      {state.copied_at && (
        <p className="warn" role="alert">
          {t("set.copied")}
        </p>
      )}
    </>
  );
}

function Facts({ state, sessions, end }: { state: State; sessions: Sessions; end: (e: Ending) => void }) {
  const { t } = useText();
  return (
    <section className="folds" aria-label={t("set.check")}>
      <Fold name="targets" title={t("set.targets.title")}>
        <Targets />
      </Fold>
      <Fold name="desk" title={t("set.desk.title")}>
        <Desk visits={sessions.items.length} />
      </Fold>
      <Fold name="past" title={t("set.visits.past")}>
        <Past sessions={sessions} />
      </Fold>
      <Fold name="ledger" title={t("set.ledger.title")}>
        <Ledger state={state} />
      </Fold>
      <Fold name="fields" title={t("set.fields.title")}>
        <Fields />
      </Fold>
      <Fold name="stored" title={t("set.stored.title")}>
        <Stored dir={state.dir} />
      </Fold>
      <Fold name="options" title={t("set.options.title")}>
        <Options state={state} visits={sessions.items.length} />
      </Fold>
      <Fold name="agreement" title={t("set.agreement.title")}>
        <Agreement state={state} />
      </Fold>
      <Fold name="leave" title={t("set.leave.title")}>
        <Leave state={state} onLeft={(told) => end(told ? "left" : "left_untold")} />
        <Uninstall dir={state.dir} />
      </Fold>
    </section>
  );
}

export function App({ entry }: { entry: Entry }) {
  const { t } = useText();
  const [ending, setEnding] = useState<Ending | null>(entry === "open" ? null : entry);
  const { state, setState, silent } = useLive(ending === null, setEnding);
  const { sessions, setSessions } = useSessions(ending === null ? state : null);
  const heading = useHeading();
  const waiting = waitingCount(sessions);
  const provider = state?.provider;

  useEffect(() => {
    const title = provider ? t("set.title", { provider }) : t("set.title.short");
    document.title = waiting > 0 ? t("set.title.waiting", { title }) : title;
  }, [provider, waiting, t]);
  if (ending) return <Ended why={ending} />;
  if (!state) return silent ? <Ended why="unreachable" /> : <main className="page" />;
  /* While somebody is in, that stands before the switches. */
  const visited = sessions?.items.some((visit) => visit.state === "open");
  const live = <Live sessions={sessions ?? nobody} onSessions={setSessions} now={state.now} tunnel={state.line.tunnel_failure} heading={heading} />;
  return (
    <div className="page">
      <Head state={state} />
      <main>
        <Warnings state={state} silent={silent} />
        <Waiting sessions={sessions ?? nobody} onSessions={setSessions} provider={provider ?? "?"} visits={heading} />
        {visited && live}
        <Switches state={state} onState={setState} />
        {!visited && live}
        <Facts state={state} sessions={sessions ?? nobody} end={setEnding} />
      </main>
      <footer>
        <p className="dim">
          {t(`set.hint.${state.source.hint}`)} {t("set.footer", { version: state.connector_version })}
        </p>
        <button
          type="button"
          className="button"
          onClick={() =>
            void connector.close().finally(() => {
              forget();
              setEnding("closed");
            })
          }
        >
          {t("set.close")}
        </button>
      </footer>
    </div>
  );
}
