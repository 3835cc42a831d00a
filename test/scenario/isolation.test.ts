/* Two providers on one hub. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { until } from "../harness/until.ts";

test("R5 every route answers 404 to another provider's ids", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider: a, customer, site } = await newSite(hub);
  await Connector.forSite(hub, a, site, papercut.source);
  await until("the site is ok", async () => (await a.api.site(site.id)).status === "ok");
  const invitation = await a.api.invite(site);
  const b = await hub.provider("Other Print");

  const ids: Record<string, string> = { invitation: invitation.id, customer: customer.id };
  const { body } = await b.api.raw<{ paths: Record<string, Record<string, { "x-right": string }>> }>("GET", "/openapi.json");
  const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      // What only the operator's support may call is another scenario's.
      .filter((m) => /^(get|post|put|patch|delete)$/.test(m) && path.includes("{") && path.startsWith("/api/v1/") && methods[m]!["x-right"] !== "support")
      .map((m) => [m.toUpperCase(), path] as const),
  );
  expect(routes.length).toBeGreaterThan(4);
  for (const [method, path] of routes) {
    const filled = path.replace(/\{([^}]*)\}/g, (_, name: string) => ids[name] ?? site.id);
    const query = path.endsWith("/series") ? "?name=printers_in_error" : "";
    const answer = await b.api.raw(method, filled + query, method === "GET" || method === "DELETE" ? undefined : {});
    expect(`${method} ${path}: ${answer.status} ${answer.body?.code}`).toBe(`${method} ${path}: 404 not_found`);
  }
  const stolen = await b.api.raw("POST", "/api/v1/sites", { customer_id: customer.id, name: "Mine now" });
  expect([stolen.status, stolen.body.code]).toEqual([404, "not_found"]);
  expect((await b.api.sites()).total).toBe(0);
  expect((await b.api.sites("?query=Head")).items).toEqual([]);
  expect((await a.api.site(site.id)).status).toBe("ok");
});

test("R72 all users of a provider see its sites", async () => {
  const hub = await Hub.start();
  const { site } = await newSite(hub);
  const colleague = await hub.provider();
  expect((await colleague.api.sites()).items.map((s) => s.id)).toEqual([site.id]);
});

test("R5 the stream of changes carries one's own only", async () => {
  const hub = await Hub.start();
  const { provider: a, customer } = await newSite(hub);
  const b = await hub.provider("Other Print");
  const streamA = a.api.http.events("/api/v1/changes");
  const streamB = b.api.http.events("/api/v1/changes");
  try {
    await until("both streams are open", () => streamA.status === 200 && streamB.status === 200);
    const site = await a.api.makeSite(customer, "Workshop");
    const own = await b.api.makeCustomer("Other Works");
    await until("each has its change", () => streamA.events.length > 0 && streamB.events.length > 0);
    expect(JSON.stringify(streamB.events)).toContain(own.id);
    expect(JSON.stringify(streamB.events)).not.toContain(site.id);
    expect(JSON.stringify(streamA.events)).not.toContain(own.id);
  } finally {
    streamA.stop();
    streamB.stop();
  }
});
