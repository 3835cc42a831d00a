/* Who visits the pages of this site: who waits for a yes, who is in, who was. */
import { useEffect, useState } from "react";
import { useText } from "../../src/text/i18n.ts";
import { connector, type PastVisit, type Visit, type Visits as All } from "./api.ts";
import { bytes, Problem, useAction, When } from "./parts.tsx";

const everyMs = 2000;
const pastShown = 20;

/* Asked for again and again, for a yes is waited for; what went wrong is the page's to say. */
function useVisits() {
  const [visits, setVisits] = useState<All | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const ask = async () => {
      if (document.visibilityState === "visible") {
        const fresh = await connector.visits().catch(() => null);
        if (over) return;
        if (fresh) setVisits(fresh);
      }
      timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);
  return { visits, setVisits };
}

function useTarget() {
  const { t } = useText();
  return (v: { target_kind: Visit["target_kind"]; target_name?: string | null }) =>
    v.target_name ?? t(`target.kind.${v.target_kind}`);
}

function Waiting({ visit, onVisits }: { visit: Visit; onVisits: (all: All) => void }) {
  const { t } = useText();
  const { busy, error, run } = useAction();
  const target = useTarget()(visit);

  return (
    <article className="risk" role="alert">
      <p>
        <strong>{t("set.visits.waits", { by: visit.by, target })}</strong>
      </p>
      <p>{t("set.visits.reason", { reason: visit.reason })}</p>
      <p className="dim">
        {t("set.visits.unanswered")} <When at={visit.until} />.
      </p>
      <div className="buttons">
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => run(async () => onVisits(await connector.decide(visit.id, "approve")))}
        >
          {t("set.visits.yes")}
        </button>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => run(async () => onVisits(await connector.decide(visit.id, "refuse")))}
        >
          {t("set.visits.no")}
        </button>
      </div>
      <Problem error={error} />
    </article>
  );
}

function Open({ visit, onVisits }: { visit: Visit; onVisits: (all: All) => void }) {
  const { t, language } = useText();
  const { busy, error, run } = useAction();
  const target = useTarget()(visit);

  return (
    <article className="switch">
      <p>
        <strong>{t("set.visits.in", { by: visit.by, target })}</strong>
      </p>
      <p>{t("set.visits.reason", { reason: visit.reason })}</p>
      <p className="dim">
        {visit.opened_at && (
          <>
            {t("set.visits.since")} <When at={visit.opened_at} />.{" "}
          </>
        )}
        {t("set.visits.until")} <When at={visit.until} />.{" "}
        {t("set.visits.passed", { size: bytes(language, visit.bytes_up + visit.bytes_down) })}
      </p>
      <div className="buttons">
        <button
          type="button"
          className="button danger"
          disabled={busy}
          onClick={() => run(async () => onVisits(await connector.endVisit(visit.id)))}
        >
          {t("set.visits.end")}
        </button>
      </div>
      <Problem error={error} />
    </article>
  );
}

function Past({ visit }: { visit: PastVisit }) {
  const { t, language } = useText();
  const target = useTarget()(visit);
  const why = visit.why ? ` (${t(`session.why.${visit.why}`)})` : "";

  return (
    <li>
      <When at={visit.asked_at} />
      <span>
        {target}: {t(`session.state.${visit.state}`)}
        {why}
        {visit.opened_at && `, ${bytes(language, visit.bytes_up + visit.bytes_down)}`}
      </span>
    </li>
  );
}

export function Visits() {
  const { t } = useText();
  const { visits, setVisits } = useVisits();
  const items = visits?.items ?? [];
  const past = visits?.past ?? [];

  return (
    <section aria-labelledby="visits">
      <h2 id="visits">{t("set.visits.title")}</h2>
      {items
        .filter((v) => v.state === "waiting_for_approval")
        .map((v) => (
          <Waiting key={v.id} visit={v} onVisits={setVisits} />
        ))}
      {items
        .filter((v) => v.state === "open")
        .map((v) => (
          <Open key={v.id} visit={v} onVisits={setVisits} />
        ))}
      {visits && !items.some((v) => v.state === "open") && <p>{t("set.visits.nobody")}</p>}
      {past.length > 0 && (
        <details className="fold">
          <summary>
            <h3>{t("set.visits.past")}</h3>
          </summary>
          <ul className="stored">
            {past.slice(0, pastShown).map((v) => (
              <Past key={v.id} visit={v} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
