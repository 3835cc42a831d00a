/* Who gets in: the login, its cookie, and what is refused without it. */
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import type { Problem } from "../harness/http.ts";
import { Hub } from "../harness/hub.ts";
import { comingFrom, VIA } from "../harness/via.ts";

test("R54 every route of the API needs a login, but those that say so", async () => {
  const hub = await Hub.start();
  const stranger = new Api(hub.http());
  const openapi = await stranger.raw<{ paths: Record<string, Record<string, unknown>> }>("GET", "/openapi.json");
  expect(openapi.status).toBe(200);
  // The packages are what a customer installs who has no account (R7).
  const open = /^\/api\/v1\/(logins|openapi\.json|packages|texts(\/.*)?)$/;
  for (const [path, methods] of Object.entries(openapi.body.paths)) {
    if (!path.startsWith("/api/v1/") || open.test(path)) continue;
    for (const method of Object.keys(methods)) {
      const a = await stranger.raw(method.toUpperCase(), path.replace(/\{[^}]*\}/g, "site_00000000000000000000000000"), method === "post" ? {} : undefined);
      expect(`${method} ${path}: ${a.status} ${a.body?.code}`).toBe(`${method} ${path}: 401 unauthenticated`);
    }
  }
});

test("R55 the login cookie is Secure, HttpOnly, SameSite=Strict and ends with the logout", async () => {
  const hub = await Hub.start();
  const { email, password, api } = await hub.provider();
  const a = await new Api(hub.http()).raw("POST", "/api/v1/logins", { email, password });
  const cookies = a.headers["set-cookie"]!;
  expect(cookies.map((c) => c.split("=")[0])).toEqual(["__Host-imprimatur-browser", "__Host-imprimatur"]);
  for (const c of cookies) for (const attribute of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) expect(c).toContain(attribute);
  const stolen = api.http.cookieHeader;
  await api.logout();
  const late = await hub.http().json<{ code: string }>("GET", "/api/v1/me", undefined, { cookie: stolen });
  expect([late.status, late.body.code]).toEqual([401, "unauthenticated"]);
});

test("a wrong password and an unknown e-mail get the same answer, and many of them a pause", async () => {
  const hub = await Hub.start();
  const { email } = await hub.provider();
  const stranger = new Api(hub.http());
  const wrong = await stranger.raw("POST", "/api/v1/logins", { email, password: "not the password" });
  const unknown = await stranger.raw("POST", "/api/v1/logins", { email: "nobody@example.test", password: "not the password" });
  expect([wrong.status, wrong.body]).toEqual([401, expect.objectContaining({ code: "login_failed" })]);
  expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
  let last = wrong;
  for (let i = 0; i < 30 && last.status === 401; i++)
    last = await stranger.raw("POST", "/api/v1/logins", { email, password: `guess ${i}` });
  expect([last.status, last.body.code]).toEqual([429, "too_many_logins"]);
  expect(Number(last.headers["retry-after"])).toBeGreaterThan(0);
});

/** A guess of somebody who comes from that address, in a browser with these cookies. */
async function guess(hub: Hub, from: string, email: string, password = "a guess", cookie = ""): Promise<string> {
  const headers: Record<string, string> = { "content-type": "application/json", origin: hub.url, ...(cookie && { cookie }) };
  const a = await hub.http().call<Problem>("POST", "/api/v1/logins", { headers, agent: comingFrom(hub, from), body: JSON.stringify({ email, password }) });
  if (a.status === 429) expect(Number(a.headers["retry-after"])).toBeGreaterThan(0);
  return `${a.status} ${a.body?.code}`;
}

/** What `many` guesses were told, in turn, until the first pause. */
async function guesses(many: number, one: (i: number) => Promise<string>): Promise<string[]> {
  const told: string[] = [];
  for (let i = 0; i < many && !told.at(-1)?.startsWith("429"); i++) told.push(await one(i));
  return told;
}

const failed = (told: string[]) => told.filter((t) => t === "401 login_failed").length;

test("R54 guesses of one IPv6 network count together, whoever of it guesses whom, and those of the next network do not", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const told = await guesses(40, (i) => guess(hub, `2001:db8:1:1:${i.toString(16)}::${i + 1}`, `nobody${i}@example.test`));
  expect(told.at(-1)).toBe("429 too_many_logins");
  expect(failed(told)).toBe(told.length - 1);
  expect(failed(told)).toBeGreaterThanOrEqual(10);
  expect(failed(told)).toBeLessThan(20);
  expect(await guess(hub, "2001:db8:1:1:ffff:ffff:ffff:ffff", "somebody@example.test")).toBe("429 too_many_logins");
  expect(await guess(hub, "2001:db8:1:2::1", "somebody@example.test")).toBe("401 login_failed");
  expect(await guess(hub, "192.0.2.1", "somebody@example.test")).toBe("401 login_failed");
});

/** As many as an account takes, from a new network each. */
const fromEverywhere = (hub: Hub, email: string) =>
  guesses(60, (i) => guess(hub, i % 2 ? `2001:db8:${i.toString(16)}::1` : `198.51.100.${i}`, i % 3 ? email : email.toUpperCase()));

test("R54 guesses of one account count together wherever they come from; who is in stays in, and other accounts are let in", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const { email, password, api } = await hub.provider();
  const other = await hub.newcomer("Other Print");
  const told = await fromEverywhere(hub, email);
  expect(told.at(-1)).toBe("429 too_many_logins");
  expect(failed(told)).toBe(told.length - 1);
  expect(failed(told)).toBeGreaterThanOrEqual(20);
  expect(failed(told)).toBeLessThan(30);
  // Neither does the right one tell whether it is: a pause is a pause.
  expect(await guess(hub, "203.0.113.7", email, password)).toBe("429 too_many_logins");
  expect((await api.raw("GET", "/api/v1/me")).status).toBe(200);
  expect(await guess(hub, "203.0.113.7", other.email, other.password)).toBe("201 undefined");
});

test("R54 a stranger's guesses keep an account's owner out of it only where the stranger is", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const { email, password } = await hub.provider();
  const told = await guesses(40, () => guess(hub, "198.51.100.7", email));
  expect(told.at(-1)).toBe("429 too_many_logins");
  expect(failed(told)).toBe(5);
  expect(await guess(hub, "198.51.100.7", email, password)).toBe("429 too_many_logins");
  expect(await guess(hub, "203.0.113.7", email, password)).toBe("201 undefined");
});

test("R54 no guesses keep an owner out of a browser that was in before, and there, too, few may fail", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const { email, password, api } = await hub.provider();
  const other = await hub.newcomer("Other Print");
  const cookieOf = (a: Api) => /__Host-imprimatur-browser=[^;]+/.exec(a.http.cookieHeader)?.[0] ?? "";
  await api.logout();
  const mine = cookieOf(api);
  await hub.program.stop();
  await hub.serve();
  expect((await fromEverywhere(hub, email)).at(-1)).toBe("429 too_many_logins");
  await guesses(40, (i) => guess(hub, "198.51.100.200", `nobody${i}@example.test`));
  // Wherever it is now.
  expect(await guess(hub, "203.0.113.7", email, password, mine)).toBe("201 undefined");
  expect(await guess(hub, "198.51.100.200", email.toUpperCase(), password, mine)).toBe("201 undefined");

  // Another's, one that was made up, and one of another hub say nothing of this account.
  const [name, value] = mine.split("=") as [string, string];
  const stranger = cookieOf(other.api);
  const elsewhere = cookieOf((await (await Hub.start()).provider()).api);
  const altered = `${name}=${value.startsWith("A") ? "B" : "A"}${value.slice(1)}`;
  for (const c of [stranger, elsewhere, altered, `${name}=`, `${name}=${value.slice(0, -4)}`, `${name}=${value}AAAA`, `${mine}; ${mine}`]) {
    expect(c).toContain(name);
    expect({ c, told: await guess(hub, "203.0.113.7", email, password, c) }).toEqual({ c, told: "429 too_many_logins" });
  }

  const told = await guesses(40, (i) => guess(hub, `203.0.113.${i}`, email, "a guess", mine));
  expect(told.at(-1)).toBe("429 too_many_logins");
  expect(failed(told)).toBe(5);
  expect(await guess(hub, "203.0.113.7", email, password, mine)).toBe("429 too_many_logins");
});

test("R54 who knew a password cannot put by browsers to guess the next one with, and shuts nobody out of a new one", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const { email, password } = await hub.provider();
  const headers = { "content-type": "application/json", origin: hub.url };
  const many: string[] = [];
  for (let i = 0; i < 8; i++) {
    const a = await hub.http().call("POST", "/api/v1/logins", { headers, agent: comingFrom(hub, "203.0.113.7"), body: JSON.stringify({ email, password }) });
    many.push(/__Host-imprimatur-browser=[^;]+/.exec(String(a.headers["set-cookie"]))![0]);
  }
  expect(new Set(many).size).toBe(8);
  let wrong = 0;
  for (const cookie of many) wrong += failed(await guesses(6, (i) => guess(hub, `198.51.100.${i}`, email, "a guess", cookie)));
  expect(wrong).toBe(20);
  expect(await guess(hub, "203.0.113.7", email, password, many[7])).toBe("429 too_many_logins");
  expect(await guess(hub, "203.0.113.7", email, password)).toBe("201 undefined");
});

test("R54 guesses that come all at once are not more than those that come in turn", async () => {
  const hub = await Hub.start({ "listen.proxy_from": VIA });
  const { email } = await hub.provider();
  const told = await Promise.all(Array.from({ length: 60 }, (_, i) => guess(hub, `198.51.100.${i}`, email)));
  for (const t of told) expect(["401 login_failed", "429 too_many_logins", "503 busy"]).toContain(t);
  expect(failed(told)).toBeLessThan(30);
});

test("a change that comes from another website is refused", async () => {
  const hub = await Hub.start();
  const { api } = await hub.provider();
  const body = { name: "Example Works" };
  const foreign = await api.raw("POST", "/api/v1/customers", body, { origin: "https://evil.example.test" });
  expect([foreign.status, foreign.body.code]).toEqual([403, "origin"]);
  const cross = await api.raw("POST", "/api/v1/customers", body, { "sec-fetch-site": "cross-site" });
  expect([cross.status, cross.body.code]).toEqual([403, "origin"]);
  const own = await api.raw("POST", "/api/v1/customers", body, { origin: hub.url, "sec-fetch-site": "same-origin" });
  expect(own.status).toBe(201);
});
