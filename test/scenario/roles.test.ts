/** Every route by everybody there is today, by the route tables' own word (`x-right` of openapi.json): who is let in, who is
 * not, and by which refusal. */
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import { offer } from "../harness/connector.ts";
import type { Answer, Problem } from "../harness/http.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { until } from "../harness/until.ts";
import { type Call, HandConnector, Identity } from "../harness/wire.ts";

interface Operation {
  "x-right": string;
  "x-change": string;
  requestBody?: { content: Record<string, unknown> };
}

interface Route {
  method: string;
  path: string;
  /** With ids in the place of their names. */
  filled: string;
  right: string;
  changes: boolean;
  takes?: string;
}

/** Not even asked to say who they are. */
const PUBLIC = "public";

const WHO = ["nobody", "newcomer", "user", "other provider's user", "support", "connector", "connector of another key"] as const;
type Who = (typeof WHO)[number];

/** What each is told by a route of that right before anything is done; "in": let in. */
function verdict(who: Who, right: string): string {
  if (right === PUBLIC) return "in";
  if (right === "signed") return { connector: "in", "connector of another key": "401 unknown_key" }[who as string] ?? "401 signature";
  if (who === "nobody" || who.startsWith("connector")) return "401 unauthenticated";
  if (who === "newcomer" && right !== "login") return "403 terms_required";
  return right !== "login" && (who === "support") !== (right === "support") ? "403 forbidden" : "in";
}

/** What somebody is told who was let in: anything but that he may not. */
const told = (a: Answer<Problem>) => (["unauthenticated", "terms_required", "signature", "unknown_key", "forbidden"].includes(a.body?.code) ? `${a.status} ${a.body.code}` : "in");

async function routesOf(hub: Hub, ids: Record<string, string>): Promise<Route[]> {
  const { body } = await hub.http().json<{ paths: Record<string, Record<string, Operation>> }>("GET", "/openapi.json");
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, o]) => ({
      method: method.toUpperCase(),
      path,
      filled: path.replace(/\{([^}]*)\}/g, (_, name: string) => ids[name] ?? ids.id!) + (path.endsWith("/series") ? "?name=printers_in_error" : ""),
      right: o["x-right"],
      changes: o["x-change"] !== "none",
      takes: Object.keys(o.requestBody?.content ?? {})[0],
    })),
  );
}

/** An event stream and a poll that are let in. */
const endless = (r: Route) => r.path === "/api/v1/changes" || r.path === "/c/v1/commands";

/** Logging out ends what the others need; it has its turn last. */
const ending = (r: Route) => r.method === "DELETE" && /^\/(c\/v1|api\/v1\/logins)\//.test(r.path);

test("R54 everybody is let in, or refused, by the right that the route's row names", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const invitation = await provider.api.invite(site);
  const hand = new HandConnector(hub);
  await hand.enroll(invitation.code, await offer(hub, invitation.code));
  const routes = await routesOf(hub, { id: site.id, invitation: invitation.id, name: "none" });
  const users: Partial<Record<Who, Api>> = {
    nobody: new Api(hub.http()),
    newcomer: (await hub.newcomer("Newcomer Print")).api,
    user: provider.api,
    "other provider's user": (await hub.provider("Other Print")).api,
    support: await hub.support(),
  };
  const keys: Partial<Record<Who, Identity>> = { connector: hand.identity, "connector of another key": new Identity() };

  const ask = async (who: Who, r: Route): Promise<string> => {
    const body = r.takes ? Buffer.from("{}") : undefined;
    const key = keys[who];
    if (verdict(who, r.right) === "in" && endless(r)) return "in"; // other scenarios show it
    const call: Call = key
      ? key.sign(hub.url, r.method, r.filled, body, {}, r.takes)
      : { method: r.method, path: r.filled, headers: r.takes ? { "content-type": r.takes } : {}, body };
    return told(await (users[who]?.http ?? hub.http()).call<Problem>(call.method, call.path, { headers: call.headers, body: call.body }));
  };

  const wrong: string[] = [];
  const inOrder = [...routes.filter((r) => !ending(r)), ...routes.filter(ending)];
  expect(inOrder.length).toBeGreaterThan(30);
  for (const who of [...WHO].reverse())
    for (const r of inOrder) {
      const [got, want] = [await ask(who, r), verdict(who, r.right)];
      if (got !== want) wrong.push(`${who}: ${r.method} ${r.path} (${r.right}): ${got} instead of ${want}`);
    }
  expect(wrong).toEqual([]);
});

test("R54 every call that changes something is refused to other websites, and takes no form", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const before = (await provider.api.raw<{ items: { seq: number }[] }>("GET", `/api/v1/sites/${site.id}/changes`)).body.items.length;
  const routes = (await routesOf(hub, { id: site.id, name: "none" })).filter((r) => r.path.startsWith("/api/v1/") && r.method !== "GET");
  expect(routes.length).toBeGreaterThan(10);
  const foreign: [string, Record<string, string>][] = [
    ["another origin", { origin: "https://evil.example.test" }],
    ["a look-alike", { origin: `${hub.url}.evil.example.test` }],
    ["no origin that has a name", { origin: "null" }],
    ["the same without TLS", { origin: hub.url.replace("https:", "http:") }],
    ["cross-site", { "sec-fetch-site": "cross-site" }],
    ["same-site", { "sec-fetch-site": "same-site" }],
  ];
  const wrong: string[] = [];
  const expectRefusal = async (r: Route, what: string, want: string, headers: Record<string, string>, body?: string) => {
    const a = await provider.api.http.call<Problem>(r.method, r.filled, { headers, body });
    if (`${a.status} ${a.body?.code}` !== want) wrong.push(`${r.method} ${r.path} from ${what}: ${a.status} ${a.body?.code}`);
  };
  for (const r of routes) {
    const type: Record<string, string> = r.takes ? { "content-type": r.takes } : {};
    for (const [what, headers] of foreign) await expectRefusal(r, what, "403 origin", { ...type, ...headers }, r.takes && "{}");
    if (r.takes)
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
        await expectRefusal(r, type, "415 media_type", { "content-type": type, origin: hub.url }, "{}");
  }
  expect(wrong).toEqual([]);
  expect((await provider.api.raw<{ items: { seq: number }[] }>("GET", `/api/v1/sites/${site.id}/changes`)).body.items.length).toBe(before);
});

test("R55 of two tabs of one login and a login elsewhere the logout ends the tabs and their streams, and not the other", async () => {
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  const elsewhere = await hub.logIn(provider.email, provider.password);
  const tabs = [provider.api.http.events("/api/v1/changes"), provider.api.http.events("/api/v1/changes")];
  const other = elsewhere.http.events("/api/v1/changes");
  const streams = [...tabs, other];
  try {
    await until("all streams are open", () => streams.every((s) => s.status === 200));
    await provider.api.makeSite(customer, "Told to all");
    await until("all were told", () => streams.every((s) => s.events.length > 0));
    await provider.api.logout();
    await until("the tabs' streams have ended", () => tabs.every((s) => s.ended));
    expect(other.ended).toBe(false);
    const told = tabs.map((s) => s.events.length);
    await elsewhere.makeSite(customer, "Told to the other");
    await until("the other was told", () => JSON.stringify(other.events).includes("site_made"));
    expect(tabs.map((s) => s.events.length)).toEqual(told);
    expect((await provider.api.raw("GET", "/api/v1/me")).status).toBe(401);
  } finally {
    streams.forEach((s) => s.stop());
  }
});
