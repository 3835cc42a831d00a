/* A session's parts in words. */
import { useQuery } from "@tanstack/react-query";
import type { Session, Target } from "../../api/client.ts";
import { useText, type Text } from "../../text/i18n.ts";
import { consoleTarget } from "./model.ts";
import { sessionQuery } from "./query.ts";

/* What the customer has called it; the print server's own pages have no name of their own. */
export function targetName(text: Text, target: Pick<Target, "id" | "name">): string {
  if (target.id === consoleTarget) return text.t("session.console");
  return target.name ?? text.t("session.target.gone");
}

/* What was erased has no name any more. */
export function placeOf(text: Text, { customer, site }: Session): string {
  return `${customer.name ?? text.t("ui.unknown")} / ${site.name ?? text.t("ui.unknown")}`;
}

export function whyWords(text: Text, why: string): string {
  return text.find(`session.why.${why}`) ?? why;
}

/* Where there is little room; the whole is in the title there. */
export function briefly(text: Text, why: string): string {
  return text.find(`session.brief.${why}`) ?? whyWords(text, why);
}

/* A person who was erased has no name any more. */
export function whoOf(text: Text, session: Session): string {
  return session.user.name ?? text.t("site.change.nobody");
}

/* Whose word it was: the customer's hand is no fault and has its own look. */
const hand = ["customer", "switched_off", "not_allowed", "unanswered"];

export function lookOf(session: Pick<Session, "state" | "why" | "site_silent_since">): string {
  if (session.state === "open" && session.site_silent_since) return "offline";
  if (session.state === "waiting_for_approval") return "waiting_for_approval";
  if (session.state === "refused" || session.state === "ended")
    return session.why && hand.includes(session.why) ? "stopped_by_customer" : session.state;
  return session.state;
}

/* The state of the session that the address names, for the tab's title: one waits elsewhere, too. */
export function useSessionWord(id: string | undefined): string | undefined {
  const text = useText();
  const { data } = useQuery({ ...sessionQuery(id ?? ""), enabled: id !== undefined });
  return data && text.find(`session.group.${data.state}`);
}
