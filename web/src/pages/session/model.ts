/* What a session's state means to who looks at it.  Pure: `now` and what is known come in. */
import type { Me, Session, Site, SiteRow } from "../../api/client.ts";

export const consoleTarget = "console";
export const sessionStates = ["requested", "waiting_for_approval", "open", "ended", "refused"] as const;
export type SessionState = (typeof sessionStates)[number];

/* A session ends so long after this warning of it. */
export const warnMs = 5 * 60_000;

export function isOver(session: Pick<Session, "state">): boolean {
  return session.state === "ended" || session.state === "refused";
}

export function isMine(session: Session, me: Me | undefined): boolean {
  return me !== undefined && session.user.id === me.user.id;
}

/* The customer's switch that opening a target needs. */
export function switchOf(target: string): "console" | "mfp" {
  return target === consoleTarget ? "console" : "mfp";
}

/* Why a target cannot be asked for at all, from the page's own knowledge: no call is needed to
 * say so.  The customer's hand comes before what is out of order. */
export type Hindrance =
  | "sessions_off"
  | "archived"
  | "revoked"
  | "never_connected"
  | "console_off"
  | "mfp_off"
  | "offline";

type Place = Pick<Site | SiteRow, "status" | "permissions"> & { archived_at?: string | null };

/* `opens`: whether the hub opens any, as far as it is known. */
export function hindrance(site: Place, target: string, opens: boolean | undefined): Hindrance | null {
  if (opens === false) return "sessions_off";
  if (site.archived_at) return "archived";
  if (site.status === "revoked" || site.status === "never_connected") return site.status;
  const name = switchOf(target);
  if (site.permissions?.[name] === "off") return `${name}_off`;
  if (site.status === "offline") return "offline";
  return null;
}

/* What the customer decided, which is neither a fault nor out of order. */
export function byCustomer(why: Hindrance | null): boolean {
  return why === "console_off" || why === "mfp_off";
}

export const stages = ["asked", "yes", "dial", "open"] as const;
export type Stage = (typeof stages)[number];
/* `now`: it is waited for; `failed`: it ended here. */
export type Step = "done" | "now" | "next" | "failed";

/* Where the asking stopped, by the reason. */
const stoppedAt: Record<string, Stage> = {
  too_many: "asked",
  offline: "asked",
  revoked: "asked",
  no_target: "asked",
  restarted: "asked",
  copied: "asked",
  customer: "yes",
  unanswered: "yes",
  not_allowed: "yes",
  switched_off: "yes",
  technician: "yes",
  failed: "dial",
};

/* `asks`: the customer says yes to each visit; else it was allowed in advance. */
export function stepsOf(session: Pick<Session, "state" | "why" | "opened_at">, asks: boolean): Record<Stage, Step> {
  const upTo = (at: Stage, is: Step): Record<Stage, Step> => {
    const index = stages.indexOf(at);
    const steps = stages.map((s, i): [Stage, Step] => [s, i < index ? "done" : i === index ? is : "next"]);
    return Object.fromEntries(steps) as Record<Stage, Step>;
  };
  switch (session.state) {
    case "requested":
      return asks ? upTo("asked", "now") : upTo("dial", "now");
    case "waiting_for_approval":
      return upTo("yes", "now");
    case "open":
      return upTo("open", "done");
    default:
      if (session.opened_at) return upTo("open", "failed");
      return upTo(stoppedAt[session.why ?? ""] ?? "asked", "failed");
  }
}

/* How long it lasted, or has lasted; null if it never opened. */
export function lastedMs(session: Pick<Session, "opened_at" | "ended_at">, now: number): number | null {
  if (!session.opened_at) return null;
  const end = session.ended_at ? Date.parse(session.ended_at) : now;
  return Math.max(0, end - Date.parse(session.opened_at));
}

export function endsSoon(session: Pick<Session, "state" | "ends_at">, now: number): boolean {
  return session.state === "open" && session.ends_at != null && Date.parse(session.ends_at) - now < warnMs;
}

/* What may be done after it is over: which sentence says so. */
export function afterwards(session: Pick<Session, "state" | "why" | "opened_at">): string {
  return `session.after.${session.why ?? "failed"}`;
}
