/* All that the hub holds on a site, as a file for the customer (R78).  A link and no call: the browser saves it as it comes,
 * however much it is.  But a link says nothing when it is refused, so that is asked before. */
import { Button } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, type MouseEvent } from "react";
import { api, call } from "../../api/client.ts";
import { asApiError, errorText } from "../../api/error.ts";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import style from "../invite/Invite.module.css";

export function ExportCard({ id }: { id: string }) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const allowed = useRef(false);
  const ask = useMutation({
    mutationFn: () => call(api.GET("/api/v1/sites/{id}/export", { params: { path: { id }, query: { ask: true } }, parseAs: "text" })),
  });

  /* Once it may, the click is made again, and that one is the browser's. */
  const onClick = (event: MouseEvent<HTMLAnchorElement>) => {
    const link = event.currentTarget;
    if (!allowed.current) {
      event.preventDefault();
      ask.mutate(undefined, {
        onSuccess: () => {
          allowed.current = true;
          link.click();
        },
      });
    }
    allowed.current = false;
  };

  if (!me?.rights.includes("export")) return null;
  return (
    <section className={style.card} aria-labelledby="export">
      <h2 id="export">{t("export.title")}</h2>
      <p>{t("export.means")}</p>
      <p>{t("export.logged")}</p>
      {ask.error && (
        <p role="alert" className={style.refused}>
          {errorText(text, asApiError(ask.error))}
        </p>
      )}
      <div className={style.buttons}>
        <Button
          component="a"
          href={`/api/v1/sites/${id}/export`}
          download
          onClick={onClick}
          variant="default"
          leftSection={<IconFileDownload size={16} aria-hidden />}
        >
          {t("export.save")}
        </Button>
      </div>
    </section>
  );
}
