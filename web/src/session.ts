/* Logging in and out, and what happens when a login ends in between: the address is kept, so that
 * after the login the same page is there again. */
import { api, call, type Me, type Terms } from "./api/client.ts";
import { meQuery, queries } from "./api/queries.ts";
import { startLive, stopLive } from "./live/live.ts";
import { suggestLanguage } from "./text/i18n.ts";
import { typeAs } from "./ui/draft.ts";

export async function logIn(email: string, password: string): Promise<Me> {
  const me = await call(api.POST("/api/v1/logins", { body: { email, password } }));
  queries.clear();
  typeAs(me);
  queries.setQueryData(meQuery.queryKey, me);
  await suggestLanguage(me.user.language);
  return me;
}

export async function logOut(): Promise<void> {
  stopLive();
  /* If the hub cannot be told, the page must still forget what it has read. */
  await call(api.DELETE("/api/v1/logins/current")).catch(() => undefined);
  queries.clear();
  /* Who logs in here next finds nothing that this user was typing. */
  sessionStorage.clear();
}

/* A person of the operator's support, with its own login or with a provider. */
export function isSupport(me: Me): boolean {
  return me.support !== null || me.rights.includes("support");
}

/* Out of a provider that a person of support looked at, back to the own login: anew, so that nothing of it is left. */
export async function leaveProvider(): Promise<void> {
  await logOut();
  location.assign("/support");
}

/* Whether user and provider have both accepted the hub terms: before that the hub answers nothing
 * else.  The operator's own people have nobody to accept them from. */
export function bound(me: Me): boolean {
  if (isSupport(me)) return true;
  return me.terms.accepted_at !== null && me.terms.provider_accepted_at !== null;
}

export async function acceptTerms(terms: Terms, for_provider: boolean): Promise<void> {
  const { version, sha256 } = terms;
  const me = await call(api.POST("/api/v1/me/terms", { body: { version, sha256, for_provider } }));
  queries.setQueryData(meQuery.queryKey, me);
  queries.removeQueries({ queryKey: ["terms"] });
}

/* Who is logged in; throws the ApiError of a 401 if nobody is. */
export async function whoAmI(): Promise<Me> {
  const me = await queries.ensureQueryData(meQuery);
  await suggestLanguage(me.user.language);
  if (bound(me) && me.rights.includes("view")) startLive();
  return me;
}
