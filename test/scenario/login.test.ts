/* Who gets in: the login, its cookie, and what is refused without it. */
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import { Hub } from "../harness/hub.ts";

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
  const cookie = String(a.headers["set-cookie"]);
  expect(cookie).toMatch(/^__Host-imprimatur=/);
  for (const attribute of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) expect(cookie).toContain(attribute);
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
