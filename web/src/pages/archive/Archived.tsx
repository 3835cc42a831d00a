/* One line on the page of a site that has been put aside. */
import { Link } from "@tanstack/react-router";
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Day } from "../../ui/Time.tsx";
import style from "./ArchivePage.module.css";

export function Archived({ site }: { site: Site }) {
  const { t } = useText();

  if (!site.archived_at) return null;
  return (
    <p className={style.notice} role="status">
      {t("archive.since")} <Day at={site.archived_at} />.{" "}
      <Link to="/sites/$id" params={{ id: site.id }} search={{ tab: "connector" }}>
        {t("archive.title")}
      </Link>
    </p>
  );
}
