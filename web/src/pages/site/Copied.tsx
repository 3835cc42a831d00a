/* A machine that was copied or restored: what is known, what may be wrong, and the provider's word
 * that it is in order. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, call, type Site } from "../../api/client.ts";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { meQuery, queries } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { StatusIcon } from "../../ui/Status.tsx";
import style from "./Copied.module.css";

export function Copied({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  const accept = async () => {
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: site.id } };
      await call(api.DELETE("/api/v1/sites/{id}/connector/copied", { params }));
      dialog.current?.close();
      await queries.invalidateQueries({ queryKey: ["site", site.id] });
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };

  return (
    <div className={style.notice}>
      <p role="status">
        <StatusIcon is="warning" /> {t("ui.connector.copied")}
      </p>
      {me?.rights.includes("revoke") && (
        <Button size="xs" variant="default" onClick={() => dialog.current?.showModal()}>
          {t("site.copied.decide")} …
        </Button>
      )}
      <dialog ref={dialog} className={style.dialog} aria-labelledby="copied">
        <h2 id="copied">{t("site.copied.title")}</h2>
        <p>{t("site.copied.why")}</p>
        <ul>
          <li>{t("site.copied.restored")}</li>
          <li>{t("site.copied.twice")}</li>
          <li>{t("site.copied.foreign")}</li>
        </ul>
        <p>{t("site.copied.means")}</p>
        {error && (
          <p role="alert" className={style.refused}>
            {errorText(text, error)}
          </p>
        )}
        <div className={style.buttons}>
          <Button disabled={busy} onClick={() => void accept()}>
            {t("site.copied.accept")}
          </Button>
          <Button variant="default" onClick={() => dialog.current?.close()}>
            {t("site.copied.leave")}
          </Button>
        </div>
      </dialog>
    </div>
  );
}
