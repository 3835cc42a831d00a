/* What of a site is opened or is about to be: asking, the session that the address names, and who
 * else is there now. */
import { Button } from "@mantine/core";
import { IconBrowser, IconHandStop, IconPlugConnectedX, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Session, Site } from "../../api/client.ts";
import { meQuery } from "../../api/queries.ts";
import { useText } from "../../text/i18n.ts";
import { Failed, Waiting } from "../../ui/Notice.tsx";
import { Moment } from "../../ui/Time.tsx";
import { here, route } from "../site/route.ts";
import { Ask } from "./Ask.tsx";
import { byCustomer, consoleTarget, hindrance, switchOf } from "./model.ts";
import { devicesOf, liveQuery, sessionQuery, targetsQuery } from "./query.ts";
import style from "./Session.module.css";
import { Visit } from "./Visit.tsx";
import { targetName, whoOf } from "./words.ts";

/* Beside the site's name.  They are there even if the customer has switched it off: they say so. */
export function OpenButtons({ site }: { site: Site }) {
  const text = useText();
  const { t } = text;
  const { data: me } = useQuery(meQuery);
  const may = me?.rights.includes("sessions") ?? false;
  const { data } = useQuery({ ...targetsQuery(site.id), enabled: may });
  const targets = devicesOf(data);
  const [only] = targets;
  const button = (open: string, name: string, Icon: typeof IconBrowser, main: boolean) => {
    const why = hindrance(site, open, data?.sessions);
    const Shown = why === null ? Icon : byCustomer(why) ? IconHandStop : IconPlugConnectedX;
    return (
      <Button
        size="xs"
        variant={main && !why ? "filled" : "default"}
        data-why={why ?? undefined}
        data-opens={open}
        className={byCustomer(why) ? style.hindrance : undefined}
        leftSection={<Shown size={16} aria-hidden />}
        renderRoot={(props) => <Link {...here} search={(old) => ({ ...old, open })} {...props} />}
      >
        {name}
      </Button>
    );
  };

  if (!may) return null;
  return (
    <div className={style.openers}>
      {button(consoleTarget, t("ui.open.console"), IconBrowser, true)}
      {targets.length > 0 &&
        button(
          targets.length === 1 && only ? only.id : "device",
          targets.length === 1 && only ? t("session.open.name", { name: targetName(text, only) }) : t("session.open.device"),
          IconPrinter,
          false,
        )}
    </div>
  );
}

/* What was closed is gone: keyboard and eye go back to where it was opened from. */
function focusOpener(open: string | undefined) {
  const openers = Array.from(document.querySelectorAll<HTMLElement>("[data-opens]"));
  const its = openers.find((o) => o.dataset.opens === open) ?? openers.at(open === consoleTarget ? 0 : -1);
  its?.focus();
}

function Others({ sessions }: { sessions: Session[] }) {
  const text = useText();
  const { t } = text;

  return (
    <ul className={style.others} aria-label={t("session.others")}>
      {sessions.map((session) => (
        <li key={session.id}>
          <span>
            {t(session.state === "open" ? "session.other.open" : "session.other.asks", {
              name: whoOf(text, session),
              target: targetName(text, session.target),
            })}{" "}
            <Moment at={session.opened_at ?? session.created_at} />
          </span>
          <Link {...here} search={(old) => ({ ...old, session: session.id })}>
            {t("session.show")}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/* Whether the customer says yes to each visit to it. */
function asksFor(site: Site, target: string): boolean {
  return site.permissions?.[switchOf(target)] !== "on";
}

function Shown({ site, id, focus }: { site: Site; id: string; focus: boolean }) {
  const navigate = useNavigate({ from: here.from });
  const { data: session, error, refetch } = useQuery(sessionQuery(id));
  const set = (search: { open?: string; session?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...search }), replace: true, resetScroll: false });

  if (!session && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!session) return <Waiting />;
  return (
    <Visit
      session={session}
      asks={asksFor(site, session.target.id)}
      focus={focus}
      onAgain={() => set({ open: session.target.id })}
      onClose={() => {
        focusOpener(session.target.id);
        set({ session: undefined, open: undefined });
      }}
    />
  );
}

export function Opening({ site }: { site: Site }) {
  const { t } = useText();
  const { open, session } = route.useSearch();
  const navigate = useNavigate({ from: here.from });
  const { data: me } = useQuery(meQuery);
  const may = me?.rights.includes("sessions") ?? false;
  const { data: targets } = useQuery({ ...targetsQuery(site.id), enabled: open !== undefined });
  const { data: live = [] } = useQuery({ ...liveQuery(site.id), enabled: site.status !== "never_connected" });
  const { data: again } = useQuery({ ...sessionQuery(session ?? ""), enabled: session !== undefined });
  const [asked, setAsked] = useState<string | null>(null);
  const others = live.filter((s) => s.id !== session);
  const set = (search: { open?: string; session?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...search }), replace: true, resetScroll: false });

  if (!session && !(open && may) && others.length === 0) return null;
  return (
    <section className={style.panel} aria-label={t("session.title")}>
      {session && <Shown key={session} site={site} id={session} focus={asked === session} />}
      {open && may && (
        <Ask
          key={again?.id}
          site={site}
          open={open}
          targets={targets}
          again={again}
          onTarget={(target) => set({ open: target })}
          onAsked={(id) => {
            setAsked(id);
            set({ session: id, open: undefined });
          }}
          onLeave={() => {
            focusOpener(open);
            set({ open: undefined });
          }}
        />
      )}
      {others.length > 0 && <Others sessions={others} />}
    </section>
  );
}
