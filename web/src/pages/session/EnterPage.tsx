/* The tab in which a session opens: waits until it is open, fetches a ticket and goes there.  The
 * ticket is in this tab's next address alone; this page's address can be copied and opened again. */
import { useQuery } from "@tanstack/react-query";
import { createLazyRoute, getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, call } from "../../api/client.ts";
import { asApiError, type ApiError } from "../../api/error.ts";
import { siteQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { isOver, switchOf } from "./model.ts";
import { sessionQuery } from "./query.ts";
import style from "./Session.module.css";
import { Stages } from "./Visit.tsx";
import { placeOf, targetName, whyWords } from "./words.ts";

const route = getRouteApi("/inside/sessions/$id/enter");

function EnterPage() {
  const text = useText();
  const { t } = text;
  const { id } = route.useParams();
  const { data: session, error, refetch } = useQuery(sessionQuery(id));
  const { data: site } = useQuery({ ...siteQuery(session?.site.id ?? ""), enabled: session !== undefined });
  const [failed, setFailed] = useState<ApiError | null>(null);
  const entering = useRef(false);
  const open = session?.state === "open";
  const name = session ? targetName(text, session.target) : "";
  useTitle(session ? `${name} · ${placeOf(text, session)}` : t("session.title"));

  const enter = useCallback(async () => {
    if (entering.current) return;
    entering.current = true;
    setFailed(null);
    try {
      const { url } = await call(api.POST("/api/v1/sessions/{session}/url", { params: { path: { session: id } } }));
      if (url) location.replace(url);
    } catch (caught) {
      entering.current = false;
      setFailed(asApiError(caught));
    }
  }, [id]);

  useEffect(() => {
    if (open) void enter();
  }, [open, enter]);

  if (!session && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!session) return <Waiting />;
  const back = (
    <Link to="/sites/$id" params={{ id: session.site.id }} search={{ session: id }}>
      {t("session.back")}
    </Link>
  );
  return (
    <div className={style.entering}>
      <h1>{name}</h1>
      <p className={style.dim}>
        {placeOf(text, session)}
      </p>
      <Stages session={session} asks={site ? site.permissions?.[switchOf(session.target.id)] !== "on" : true} />
      {failed && <Failed error={failed} retry={() => void enter()} title={t("session.enter.failed")} />}
      <div role="status">
        {isOver(session) && (
          <p>
            {t(session.state === "refused" ? "session.refused" : "session.ended", {
              why: whyWords(text, session.why ?? "failed"),
            })}
          </p>
        )}
        {!isOver(session) && !failed && <p>{t(open ? "session.entering" : "session.enter.waits")}</p>}
      </div>
      <p>{back}</p>
    </div>
  );
}

export const enterRoute = createLazyRoute("/inside/sessions/$id/enter")({ component: EnterPage });
