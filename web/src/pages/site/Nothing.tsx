/* Why a part of the site's page is empty: never a zero, never a blank. */
import type { Site } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Empty } from "../../ui/Notice.tsx";
import { nothingBecause } from "./told.ts";

export function Nothing({ site }: { site: Site }) {
  const { t } = useText();
  const why = nothingBecause(site);
  return <Empty title={t(why === "not_told" ? "site.not_told" : `ui.health.none.${why}`)} />;
}
