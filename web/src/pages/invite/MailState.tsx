/* What became of an invitation's mail.  A state or reason that this page does not know is shown by its word. */
import type { Mail } from "../../api/client.ts";
import { useText } from "../../text/i18n.ts";
import { Day, Moment } from "../../ui/Time.tsx";
import style from "./Invite.module.css";

export function MailState({ mail }: { mail: Mail | null }) {
  const { t, find } = useText();
  if (!mail) return <span className={style.dim}>{t("invited.mail.none")}</span>;
  const again = mail.state === "queued" && mail.reason !== null;
  const words = find(`invited.mail.${again ? "again" : mail.state}`, { to: mail.to }) ?? mail.state;
  const why = mail.reason === null ? null : (find(`invited.why.${mail.reason}`) ?? mail.reason);

  return (
    <span className={style.mailed} data-is={again ? "again" : mail.state}>
      {words}
      {why && `: ${why}`}
      {why && mail.smtp_status !== null && ` (${mail.smtp_status})`}
      {mail.done_at && (
        <>
          , <Day at={mail.done_at} />
        </>
      )}
      {again && mail.next_at && (
        <>
          . {t("invited.next")} <Moment at={mail.next_at} />
        </>
      )}
    </span>
  );
}
