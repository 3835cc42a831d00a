/* Whom was invited and has not connected: how the mail fared, and sending it again. */
import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createLazyRoute, Link } from "@tanstack/react-router";
import type { Invited } from "../../api/client.ts";
import { meQuery } from "../../api/queries.ts";
import { hubNow } from "../../text/clock.ts";
import { useText } from "../../text/i18n.ts";
import { Empty, Failed, Waiting } from "../../ui/Notice.tsx";
import { useTitle } from "../../ui/Root.tsx";
import { Day } from "../../ui/Time.tsx";
import { MailState } from "../invite/MailState.tsx";
import { invitedQuery } from "./query.ts";
import style from "./Invited.module.css";
import { Resend } from "./Resend.tsx";

function Row({ invited, mayResend }: { invited: Invited; mayResend: boolean }) {
  const { t } = useText();
  const expired = Date.parse(invited.expires_at) <= hubNow();

  return (
    <li className={style.row}>
      <div className={style.what}>
        <p>
          <Link to="/sites/$id" params={{ id: invited.site.id }} search={{ tab: "connector" }}>
            {invited.site.name}
          </Link>{" "}
          <span className={style.dim}>{invited.customer.name}</span>
        </p>
        <p>
          {t("invited.made")} <Day at={invited.created_at} />,{" "}
          {t(expired ? "invited.expired" : "invited.until")} <Day at={invited.expires_at} />
        </p>
        <p>
          <MailState mail={invited.mail} />
        </p>
      </div>
      {mayResend && <Resend invited={invited} />}
    </li>
  );
}

function InvitedPage() {
  const { t } = useText();
  const { data: me } = useQuery(meQuery);
  const list = useInfiniteQuery(invitedQuery);
  const { data, error, hasNextPage, isFetchingNextPage } = list;
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  const mayResend = Boolean(me?.mail && me.rights.includes("invite"));
  useTitle(t("invited.title"));

  return (
    <div className={style.page} data-scroll-restoration-id="invited">
      <h1>{t("invited.title")}</h1>
      <p className={style.intro}>{t(me?.mail === false ? "invited.intro.by_hand" : "invited.intro")}</p>
      {!data && error && <Failed error={error} retry={() => void list.refetch()} />}
      {!data && !error && <Waiting />}
      {data && rows.length === 0 && <Empty title={t("invited.none")} />}
      {rows.length > 0 && (
        <ul className={style.list} aria-label={t("invited.title")}>
          {rows.map((invited) => (
            <Row key={invited.site.id} invited={invited} mayResend={mayResend} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" disabled={isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("invited.more")}
        </Button>
      )}
    </div>
  );
}

export const invitedRoute = createLazyRoute("/inside/invitations")({ component: InvitedPage });
