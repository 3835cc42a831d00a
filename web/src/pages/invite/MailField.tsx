/* Where an invitation is mailed to; not there where the hub sends no mail. */
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";

interface Props {
  value: string;
  onChange: (value: string) => void;
}

export function MailField({ value, onChange }: Props) {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);

  if (!me?.mail) return null;
  return (
    <TextInput
      type="email"
      label={t("invite.mail_to")}
      description={t("invite.mail_to.means")}
      name="mail_to"
      autoComplete="off"
      maxLength={254}
      maw={460}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/* What is sent to the hub: nothing where nothing was typed. */
export function mailBody(typed: string): { mail_to?: string } {
  return typed.trim() ? { mail_to: typed.trim() } : {};
}
