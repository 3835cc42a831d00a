/* All that the hub holds on a site, as a file for the customer (R78).  A link and no call: the browser saves it as it comes,
 * however much it is. */
import { Button } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import style from "../invite/Invite.module.css";

export function ExportCard({ id }: { id: string }) {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);

  if (!me?.rights.includes("export")) return null;
  return (
    <section className={style.card} aria-labelledby="export">
      <h2 id="export">{t("export.title")}</h2>
      <p>{t("export.means")}</p>
      <p>{t("export.logged")}</p>
      <div className={style.buttons}>
        <Button
          component="a"
          href={`/api/v1/sites/${id}/export`}
          download
          variant="default"
          leftSection={<IconFileDownload size={16} aria-hidden />}
        >
          {t("export.save")}
        </Button>
      </div>
    </section>
  );
}
