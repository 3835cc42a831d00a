/* An invitation that was just made: its code, which is shown this once, and all that is passed on
 * to the customer, in the customer's language. */
import { useQuery } from "@tanstack/react-query";
import type { Invitation } from "../../api/client.ts";
import { meQuery } from "../../api/queries.ts";
import { date } from "../../text/format.ts";
import { textIn, useText, type Language } from "../../text/i18n.ts";
import { LanguageSelect } from "../../ui/Choices.tsx";
import { Once } from "../../ui/Once.tsx";
import { Day } from "../../ui/Time.tsx";
import { enrolCommand, installLink, startCommand } from "./commands.ts";
import { Command, Copy, Step } from "./Copy.tsx";
import style from "./Invite.module.css";

interface Props {
  invitation: Invitation;
  customer: string;
  site: string;
  language: Language;
  onLanguage: (language: Language) => void;
  /* The hub mails it there. */
  mailedTo?: string;
}

function useMail({ invitation, customer, site, language }: Props) {
  const { data: me } = useQuery(meQuery);
  const { data: their } = useQuery({
    queryKey: ["words", language],
    queryFn: () => textIn(language),
    staleTime: Infinity,
  });
  if (!me || !their) return null;
  const args = {
    provider: me.provider.name,
    sender: me.user.name,
    customer,
    site,
    link: installLink(invitation.code),
    until: date(their.locale, Date.parse(invitation.expires_at)),
  };
  return { subject: their.t("invite.mail.subject", args), body: their.t("invite.mail.body", args) };
}

export function InvitationCard(props: Props) {
  const { t } = useText();
  const { invitation, language, onLanguage } = props;
  const link = installLink(invitation.code);
  const mail = useMail(props);

  return (
    <section className={style.card} aria-labelledby="invited">
      <h2 id="invited">{t("invite.title", { site: `${props.customer} / ${props.site}` })}</h2>
      <p>{t("invite.once")}</p>
      <Once />
      {props.mailedTo && <p role="status">{t("invite.mailed", { to: props.mailedTo })}</p>}
      <Step title={t("invite.code")}>
        <div className={style.command}>
          <output className={style.code}>{invitation.code}</output>
          <Copy text={invitation.code} label={t("invite.copy.code")} />
        </div>
        <p className={style.dim}>
          {t("invite.until")} <Day at={invitation.expires_at} />
        </p>
      </Step>
      <Step title={t("invite.link")}>
        <Command label={t("invite.copy.link")}>{link}</Command>
        <p className={style.dim}>{t("invite.link.means")}</p>
      </Step>
      <Step title={t("invite.mail")}>
        <label className={style.language}>
          {t("invite.mail.language")}{" "}
          <LanguageSelect value={language} onChange={onLanguage} />
        </label>
        {mail && (
          <>
            <pre className={style.mail} lang={language} tabIndex={0}>
              {mail.body}
            </pre>
            <div className={style.buttons}>
              <a
                href={`mailto:?subject=${encodeURIComponent(mail.subject)}&body=${encodeURIComponent(mail.body.replaceAll("\n", "\r\n"))}`}
              >
                {t("invite.mail.open")}
              </a>
              <Copy text={mail.body} label={t("invite.copy.mail")} />
            </div>
          </>
        )}
      </Step>
      <Step title={t("invite.commands")}>
        <p className={style.dim}>{t("invite.commands.means")}</p>
        <Command label={t("invite.copy.command")}>{enrolCommand}</Command>
        <Command label={t("invite.copy.command")}>{startCommand}</Command>
      </Step>
    </section>
  );
}
