/** The operator's support (R74): off by default, for a time, withdrawn at once, read only, and logged before it is shown. */
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, look, openPage } from "../harness/browser.ts";
import type { Problem } from "../harness/http.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { programs } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

interface LetIn {
  id: string;
  name: string;
  until: string;
  reason: string;
}

interface Grant {
  granted_at: string;
  until: string;
  ended_at: string | null;
  granted_by: string | null;
  reason: string;
}

interface Support {
  grant: Grant | null;
  history: Grant[];
  looks: { at: string; verb: string; by: string | null; object: string }[];
}

const PASSWORD = "a long word of support";
const EMAIL = "sam@operator.test";
const HOUR = 3_600_000;

async function command(hub: Hub, ...args: string[]) {
  const [what, ...rest] = args;
  return Program.run(programs.hub, ["support", what!, "--config", hub.configFile, ...rest], { input: `${PASSWORD}\n` });
}

const letIn = (p: Provider, hours = 1) => p.api.raw<Grant>("POST", "/api/v1/support", { hours, reason: "the fleet page is slow" });
const support = async (p: Provider) => (await p.api.raw<Support>("GET", "/api/v1/support")).body;
const whoLetsIn = async (sam: Api) => (await sam.raw<{ items: LetIn[] }>("GET", "/api/v1/support/providers")).body.items;
const enter = (sam: Api, provider: string) => sam.raw<Problem>("POST", `/api/v1/support/providers/${provider}/logins`);
const status = async (api: Api, method: string, path: string, body?: unknown) => (await api.raw(method, path, body)).status;

async function begin() {
  const hub = await Hub.start();
  const { provider, site, customer } = await newSite(hub);
  const other = await hub.provider("Other Print");
  return { hub, provider, site, customer, other, sam: await hub.support(EMAIL, "Sam Support", PASSWORD), id: (await provider.api.me()).provider.id };
}

test("R74 nobody of support sees anything of a provider that has not let it in, nor does a machine's administrator", async () => {
  const { hub, provider, site, sam, id } = await begin();
  expect((await sam.me()).rights).toEqual(["support"]);
  expect(await whoLetsIn(sam)).toEqual([]);
  expect((await enter(sam, id)).status).toBe(404);
  for (const path of ["/api/v1/sites", "/api/v1/customers", "/api/v1/sessions", "/api/v1/changes", "/api/v1/users", "/api/v1/licences", `/api/v1/sites/${site.id}`])
    expect(await status(sam, "GET", path), path).toBe(403);
  expect(await support(provider)).toEqual({ grant: null, history: [], looks: [] });
  // A user of a provider is not of support, and the admin listener knows of no data.
  expect(await status(provider.api, "GET", "/api/v1/support/providers")).toBe(403);
  expect((await enter(provider.api, id)).status).toBe(403);
  expect((await command(hub, "list")).stdout).toBe(`${EMAIL}\tSam Support\n`);
});

test("R74 who is let in may look and nothing else, and each look is in the provider's log before it is shown", async () => {
  const { hub, provider, site, customer, other, sam, id } = await begin();
  expect((await letIn(provider)).status).toBe(201);
  expect((await letIn(provider)).status).toBe(409);
  expect(await whoLetsIn(sam)).toMatchObject([{ id, name: provider.name, reason: "the fleet page is slow" }]);
  expect((await enter(sam, (await other.api.me()).provider.id)).status).toBe(404);
  expect((await enter(sam, id)).status).toBe(204);

  const me = await sam.me();
  expect(me).toMatchObject({ provider: { id, name: provider.name }, rights: ["view"], user: { name: "Sam Support" } });
  expect((await sam.site(site.id)).name).toBe(site.name);
  expect(await status(sam, "GET", `/api/v1/customers/${customer.id}/note`)).toBe(200);
  const { looks, grant } = await support(provider);
  expect(grant).toMatchObject({ ended_at: null, granted_by: "Test User" });
  expect(looks.map((l) => [l.verb, l.by, l.object])).toEqual(
    expect.arrayContaining([
      ["support_granted", null, id],
      ["support_entered", "Sam Support", id],
      ["support_looked", "Sam Support", site.id],
      ["support_looked", "Sam Support", customer.id],
    ]),
  );
  // The same look again is the same row for an hour.
  const before = looks.length;
  for (let i = 0; i < 5; i++) await sam.site(site.id);
  expect((await support(provider)).looks.length).toBe(before);
  const changes = await provider.api.raw<{ items: { verb: string; actor: { kind: string } }[] }>("GET", `/api/v1/sites/${site.id}/changes`);
  expect(changes.body.items.some((c) => c.verb === "support_looked" && c.actor.kind === "operator")).toBe(true);

  // Every route that changes something, and every other right's, by the route tables' own word.
  const { body } = await hub.http().json<{ paths: Record<string, Record<string, { "x-right": string; requestBody?: { content: Record<string, unknown> } }>> }>("GET", "/openapi.json");
  const wrong: string[] = [];
  for (const [path, methods] of Object.entries(body.paths))
    for (const [method, o] of Object.entries(methods)) {
      const own = o["x-right"] === "login" && (method === "get" || path === "/api/v1/logins/current");
      if (!path.startsWith("/api/v1/") || own || ["public", "view"].includes(o["x-right"])) continue;
      const at = path.replace("{customer}", customer.id).replace("{provider}", id).replace(/\{[^}]*\}/g, site.id);
      const type = Object.keys(o.requestBody?.content ?? {})[0];
      const a = await sam.http.call(method.toUpperCase(), at, { headers: type ? { "content-type": type } : {}, body: type ? "{}" : undefined });
      if (a.status !== 403) wrong.push(`${method} ${path}: ${a.status}`);
    }
  expect(wrong).toEqual([]);
  const changing = Object.entries(body.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([m, o]) => m !== "get" && o["x-right"] === "view").map(([m]) => `${m} ${path}`));
  expect(changing).toEqual([]);

  // Leaving leads back to one's own login.
  expect(await status(sam, "DELETE", "/api/v1/logins/current")).toBe(204);
  expect((await sam.me()).rights).toEqual(["support"]);
  expect(await status(sam, "GET", "/api/v1/sites")).toBe(403);
});

test("R74 what is withdrawn ends at once: logins, and streams that are open", async () => {
  const { provider, site, sam, id } = await begin();
  await letIn(provider, 168);
  await enter(sam, id);
  const stream = sam.http.events("/api/v1/changes");
  try {
    await until("the stream is open", () => stream.status === 200);
    expect(await status(provider.api, "DELETE", "/api/v1/support")).toBe(204);
    await until("it has ended", () => stream.ended);
    // The cookie that counts no more is taken back, and one's own login is there again.
    expect(await status(sam, "GET", `/api/v1/sites/${site.id}`)).toBe(401);
    expect((await sam.me()).rights).toEqual(["support"]);
    expect((await enter(sam, id)).status).toBe(404);
  } finally {
    stream.stop();
  }
  const { grant, history, looks } = await support(provider);
  expect(grant).toBeNull();
  expect(history).toMatchObject([{ reason: "the fleet page is slow" }]);
  expect(history[0]!.ended_at).not.toBeNull();
  expect(looks[0]).toMatchObject({ verb: "support_ended" });
});

test("R74 a grant ends by itself, and the log says so", async () => {
  const { hub, provider, site, sam, id } = await begin();
  await letIn(provider, 1);
  await enter(sam, id);
  expect(await status(sam, "GET", `/api/v1/sites/${site.id}`)).toBe(200);
  hub.setClock(HOUR + 1000);
  expect(await status(sam, "GET", `/api/v1/sites/${site.id}`)).toBe(401);
  expect(await whoLetsIn(sam)).toEqual([]);
  await until("the end is noted", async () => (await support(provider)).looks[0]?.verb === "support_ended", 30_000);
  expect((await support(provider)).grant).toBeNull();
});

test("R74 a person who is removed has no login any more, here or with a provider", async () => {
  const { hub, provider, sam, id } = await begin();
  await letIn(provider);
  await enter(sam, id);
  expect((await command(hub, "remove", "--email", "nobody@operator.test")).code).toBe(1);
  expect((await command(hub, "remove", "--email", provider.email)).code).toBe(1);
  expect((await command(hub, "remove", "--email", EMAIL)).code).toBe(0);
  expect(await status(sam, "GET", "/api/v1/sites")).toBe(401);
  expect(await status(sam, "GET", "/api/v1/me")).toBe(401);
  expect((await sam.raw("POST", "/api/v1/logins", { email: EMAIL, password: PASSWORD })).status).toBe(401);
  expect((await command(hub, "list")).stdout).toBe("");
});

test("R74 a provider lets support in on its page, and a person of support looks there under a strip that says so", async (ctx) => {
  needs(ctx, browserMissing());
  const { hub, provider, site } = await begin();
  const page = await openPage(hub, { width: 1440 });
  await logIn(page, provider);
  await page.goto("/support");
  await page.getByText("Support has never been here.").waitFor();
  expect(await complaints(page, "support off")).toEqual([]);
  await page.getByLabel("Reason").fill("the fleet page is slow");
  await page.getByLabel("For").selectOption({ label: "1 hour" });
  await page.getByRole("button", { name: "Let support look" }).click();
  await page.getByText("Support may look.").waitFor();

  const desk = await openPage(hub, { width: 390 });
  await logIn(desk, { ...provider, email: EMAIL, password: PASSWORD });
  await desk.getByRole("button", { name: `Look at ${provider.name}` }).waitFor();
  expect(await complaints(desk, "who lets support in")).toEqual([]);
  await look(desk, "support-providers-390");
  await desk.getByRole("button", { name: `Look at ${provider.name}` }).click();
  const strip = desk.getByRole("status").filter({ hasText: `Support view of ${provider.name}` });
  await strip.waitFor();
  await desk.goto(`/sites/${site.id}`);
  await desk.getByRole("heading", { name: site.name }).waitFor();
  await strip.waitFor();
  expect(await complaints(desk, "a site seen by support")).toEqual([]);
  await look(desk, "support-site-390");

  await page.getByRole("link", { name: "A site" }).first().waitFor({ timeout: 30_000 });
  await page.getByText("Sam Support").first().waitFor();
  expect(await complaints(page, "support let in")).toEqual([]);
  await look(page, "support-1440");
  // Withdrawn: the person is where he began, and sees nothing any more.
  await page.getByRole("button", { name: "End it now" }).click();
  await desk.getByText("No provider lets support in now").waitFor({ timeout: 30_000 });
  await desk.goto(`/sites/${site.id}`);
  await desk.getByText("No provider lets support in now").waitFor();
});
