/* The one way to the hub: typed by web/openapi.json, errors as ApiError. */
import createClient from "openapi-fetch";
import { learnTime } from "../text/clock.ts";
import { ApiError, LateError, problemOf } from "./error.ts";
import type { components, paths } from "./schema.ts";

export type Schemas = components["schemas"];
export type Me = Schemas["me"];
export type Terms = Schemas["terms"];
export type LegalText = Schemas["legal_text"];
export type Site = Schemas["site"];
export type SiteRow = Schemas["site_row"];
export type SiteList = Schemas["site_list"];
export type LicenceRow = Schemas["licence_row"];
export type LicenceList = Schemas["licence_list"];
export type Licence = Schemas["site_licence"];
export type LicenceEntry = Schemas["licence_entry"];
export type User = Schemas["user"];
export type SupportGrant = Schemas["support_grant"];
export type SupportLook = Schemas["support_look"];
export type Customer = Schemas["customer"];
export type CustomerRow = Schemas["customer_row"];
export type Note = Schemas["note"];
export type Invitation = Schemas["invitation"];
export type Invited = Schemas["invited"];
export type Mail = Schemas["mail"];
export type Reason = Schemas["reason"];
export type Rule = Schemas["rule"];
export type RuleIn = Schemas["rule_in"];
export type Severity = Rule["in_force"]["severity"];
export type Device = Schemas["device"];
export type Series = Schemas["series"];
export type Change = Schemas["change"];
export type SiteChange = Schemas["site_change"];
export type Session = Schemas["session"];
export type Target = Schemas["target"];
export type Targets = Schemas["targets"];
export type Permissions = NonNullable<Site["permissions"]>;

/* A dead connection must not look like a slow one for ever: of a hub that is frozen, this is said within 15 s of asking it. */
const deadlineMs = 13_000;

export const api = createClient<paths>({ credentials: "same-origin" });

api.use({
  onRequest: ({ request }) =>
    new Request(request, {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMs)]),
    }),
  onResponse: ({ response }) => learnTime(response.headers.get("Date")),
});

let ended: () => void = () => {};

/* What happens when any call finds that the login has ended. */
export function onLoginEnded(handler: () => void): void {
  ended = handler;
}

interface Result {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/* The answer's body, or an ApiError; an aborted call stays an abort, nobody waits for it. */
export async function call<R extends Result>(
  pending: Promise<R>,
): Promise<Exclude<R["data"], undefined>> {
  let result: R;
  try {
    result = await pending;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw error instanceof DOMException && error.name === "TimeoutError" ? new LateError() : new ApiError("network", 0);
  }
  if (!result.response.ok) {
    const problem = problemOf(result.response, result.error);
    if (problem.code === "unauthenticated") ended();
    throw problem;
  }
  return result.data as Exclude<R["data"], undefined>;
}
