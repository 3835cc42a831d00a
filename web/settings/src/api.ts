/* The one way to the connector: typed by settings/openapi.json, with the token as a header.
 *
 * The secret of settings.url comes behind the #, which no browser sends anywhere, and is taken off
 * the address at once. */
import { json, keep, send } from "./call.ts";
import type { components } from "./schema.ts";

type Schemas = components["schemas"];
export type State = Schemas["state"];
export type Switch = Schemas["switch"];
export type Option = Schemas["option"];
export type Record_ = Schemas["record"];
export type Ledger = Schemas["ledger"];
export type Stored = Schemas["stored_file"];
export type Sessions = Schemas["sessions"];
export type Target = Schemas["target"];
export type TargetIn = Schemas["target_in"];
export type Candidate = Schemas["target_candidate"];
export type Sight = Schemas["target_sight"];
export type Visit = Schemas["session_shown"];
export type PastVisit = Schemas["session_past"];
export type Desk = Schemas["desk"];
export type Notice = Schemas["notice"];
export type ApproverIn = Schemas["approver_in"];
export type Permission = "monitoring" | "console" | "mfp";
export type Mode = "off" | "ask" | "on";

export function isSecret(hash: string): boolean {
  return /^#[\w-]{43}$/.test(hash);
}

/* The secret in the address, which is gone from it afterwards. */
export function takeSecret(): string | null {
  if (!isSecret(location.hash)) return null;
  const secret = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  return secret;
}

export async function enter(secret: string): Promise<void> {
  const { token } = await json<{ token: string }>("POST", "/api/token", { secret });
  keep(token);
}

export const connector = {
  state: () => json<State>("GET", "/api/state"),
  agreement: () => json<{ text: string | null }>("GET", "/api/agreement"),
  turn: (permission: Permission, to: Mode, forS?: number) =>
    json<State>("POST", "/api/switches", { permission, to, for_s: forS }),
  grant: (permission: Permission, from: string, to: string) =>
    json<State>("POST", "/api/windows", { permission, from, to }),
  ungrant: (permission: Permission, from: string, to: string) =>
    json<State>("POST", "/api/windows/end", { permission, from, to }),
  hours: (permission: Permission, hours: string, outside: Mode) =>
    json<State>("POST", "/api/hours", { permission, hours, outside }),
  contact: (on: boolean) => json<State>("POST", "/api/contact", { on }),
  ledger: (place?: { segment: number; before: number } | null) =>
    json<Ledger>(
      "GET",
      place ? `/api/ledger?segment=${place.segment}&before=${place.before}` : "/api/ledger",
    ),
  record: async (r: Record_) =>
    (await send("GET", `/api/records?segment=${r.segment}&seq=${r.seq}`)).text(),
  sessions: () => json<Sessions>("GET", "/api/sessions"),
  /* To the question that was read: somebody else may have answered it meanwhile, and another one be put. */
  answer: (visit: Visit, yes: boolean) =>
    json<Sessions>("POST", `/api/sessions/${visit.id}/${yes ? "approve" : "refuse"}?question=${visit.question}`),
  end: (id: string) => json<Sessions>("DELETE", `/api/sessions/${id}`),
  targets: () => json<{ items: Target[] }>("GET", "/api/targets"),
  putTarget: (target: TargetIn) => json<{ items: Target[] }>("POST", "/api/targets", target),
  removeTarget: (id: string) => json<{ items: Target[] }>("DELETE", `/api/targets/${id}`),
  queues: () => json<{ items: Candidate[] }>("GET", "/api/targets/queues"),
  table: (text: string) => json<{ items: Candidate[] }>("POST", "/api/targets/table", { text }),
  look: (address: string, old_tls: boolean) => json<Sight>("POST", "/api/targets/look", { address, old_tls }),
  desk: () => json<Desk>("GET", "/api/desk"),
  deskSecret: () => json<{ secret: string }>("POST", "/api/desk/secret"),
  addApprover: (approver: ApproverIn) => json<Desk>("POST", "/api/desk/approvers", approver),
  removeApprover: (id: string) => json<Desk>("DELETE", `/api/desk/approvers/${id}`),
  testNotice: () => json<Desk>("POST", "/api/desk/test"),
  stored: () => json<{ items: Stored[] }>("GET", "/api/stored"),
  options: () => json<{ items: Option[] }>("GET", "/api/options"),
  setOptions: (items: { name: string; value?: string }[]) =>
    json<{ items: Option[] }>("POST", "/api/options", { items }),
  leave: (provider: string) => json<{ told: boolean }>("POST", "/api/leave", { provider }),
  close: () => send("DELETE", "/api/token"),
};
