/* Who waits for a yes and who is in: answered and ended here, from a desk. */
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { asApiError } from "../../src/api/error.ts";
import { useText } from "../../src/text/i18n.ts";
import { forget, hasToken } from "../../settings/src/call.ts";
import { Languages, When } from "../../settings/src/parts.tsx";
import { Asks, awaits, Open, useStill } from "../../settings/src/Visit.tsx";
import { desk, type Desk, type Visit } from "./api.ts";
import { Login } from "./Login.tsx";

const everyMs = 2000;

/* Asks again and again while somebody can see it; a page behind others still asks, for its title says that one waits. */
function useVisits(entered: boolean, onOut: () => void) {
  const [view, setView] = useState<Desk | null>(null);
  const [silent, setSilent] = useState(false);

  useEffect(() => {
    if (!entered) return;
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const ask = async () => {
      try {
        const fresh = await desk.visits();
        if (over) return;
        setView(fresh);
        setSilent(false);
      } catch (error) {
        if (over) return;
        if (asApiError(error).code === "unauthenticated") {
          forget();
          setView(null);
          onOut();
          return;
        }
        setSilent(true);
      }
      timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [entered, onOut]);
  return { view, setView, silent };
}

function Visits({ view, onView }: { view: Desk; onView: (view: Desk) => void }) {
  const { t } = useText();
  const waiting = view.items.filter(awaits);
  const still = useStill(waiting);
  const open = view.items.filter((v) => v.state === "open");
  const heading = useRef<HTMLHeadingElement>(null);
  const answer = async (visit: Visit, yes: boolean) => {
    const answered = await desk.answer(visit, yes);
    /* Its buttons are gone: keyboard and eye go on where the visit stands now. */
    flushSync(() => onView(answered));
    heading.current?.focus();
  };

  return (
    <>
      <div aria-live="assertive" role="region" aria-label={t("set.visits.waiting")}>
        {waiting.map((visit) => (
          <Asks
            key={`${visit.id}/${visit.question}`}
            visit={visit}
            provider={view.provider ?? "?"}
            still={still}
            onAnswer={(yes) => answer(visit, yes)}
          />
        ))}
      </div>
      <section aria-labelledby="visits">
        <h2 id="visits" ref={heading} tabIndex={-1}>
          {t("set.visits.title")}
        </h2>
        <div role="status">
          {waiting.length === 0 && <p>{t("desk.nobody_waits")}</p>}
          {open.length === 0 && <p>{t("set.visits.nobody")}</p>}
        </div>
        {open.map((visit) => (
          <Open key={visit.id} visit={visit} now={view.now} onEnd={async () => onView(await desk.end(visit.id))} />
        ))}
      </section>
    </>
  );
}

function Inside({ view, silent, onView, onLeave }: { view: Desk; silent: boolean; onView: (view: Desk) => void; onLeave: () => void }) {
  const { t } = useText();
  return (
    <div className="page">
      <header>
        <Languages />
        <h1>{t("desk.title", { provider: view.provider ?? "?" })}</h1>
        <p className="where">
          {view.customer}, {view.site}
          <span className="dot" aria-hidden>
            ·
          </span>
          {t("desk.you", { name: view.name })}
        </p>
      </header>
      <main>
        {silent && (
          <p className="problem" role="alert">
            {t("set.no_answer")} <When at={view.now} />.
          </p>
        )}
        <Visits view={view} onView={onView} />
      </main>
      <footer>
        <p className="dim">{t("desk.means")}</p>
        <button type="button" className="button" onClick={() => void desk.leave().catch(() => {}).finally(onLeave)}>
          {t("desk.leave")}
        </button>
      </footer>
    </div>
  );
}

export function App() {
  const { t } = useText();
  const [entered, setEntered] = useState(hasToken);
  const [ended, setEnded] = useState(false);
  const [out] = useState(() => () => {
    setEntered(false);
    setEnded(true);
  });
  const { view, setView, silent } = useVisits(entered, out);
  const waiting = view?.items.filter(awaits).length ?? 0;

  useEffect(() => {
    const title = t("desk.title.short");
    document.title = waiting > 0 ? t("set.title.waiting", { title }) : title;
  }, [waiting, t]);
  if (!entered)
    return (
      <Login
        ended={ended}
        onEntered={() => {
          setEnded(false);
          setEntered(true);
        }}
      />
    );
  if (!view)
    return (
      <main className="page ended">
        <Languages />
        <h1>{t("desk.title.short")}</h1>
        {silent && <p role="alert">{t("desk.unreachable")}</p>}
      </main>
    );
  return (
    <Inside
      view={view}
      silent={silent}
      onView={setView}
      onLeave={() => {
        forget();
        setView(null);
        setEntered(false);
      }}
    />
  );
}
