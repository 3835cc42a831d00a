/* All sites that the question is answered by, as CSV, not only those scrolled to.  How the file is made is loaded when it is asked for. */
import { useState } from "react";
import { asApiError, errorText, type ApiError } from "../../api/error.ts";
import { allSites } from "../../api/queries.ts";
import { hubNow } from "../../text/clock.ts";
import { laterWords, useText } from "../../text/i18n.ts";
import type { SitesSearch } from "../search.ts";
import style from "./SitesPage.module.css";

export function SaveSites({ search }: { search: SitesSearch }) {
  const text = useText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const [{ csvText, saveCsv }, { sitesCsv }, rows] = await Promise.all([
        import("../../text/csv.ts"),
        import("./csv.ts"),
        allSites(search),
        laterWords(),
      ]);
      saveCsv("sites.csv", csvText(sitesCsv(text, rows, hubNow())));
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };

  return (
    <span className={style.save}>
      {error && <span role="alert">{errorText(text, error)}</span>}
      <button type="button" className={style.link} disabled={busy} onClick={() => void save()}>
        {text.t(busy ? "ui.sites.saving" : "ui.sites.save")}
      </button>
    </span>
  );
}
