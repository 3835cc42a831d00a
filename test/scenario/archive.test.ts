/* Customers and sites that are put aside, taken back, or erased for good. */
import { cpSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Api, type Named } from "../harness/api.ts";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

const dataOf = (hub: Hub) => join(dirname(hub.configFile), "data");
const command = (hub: Hub, ...args: string[]) => Program.run(programs.hub, [...args, "--config", hub.configFile]);

/** A site with a connector that has reported once. */
async function reporting(hub: Hub, provider: Provider, customer: Named): Promise<{ site: Named; connector: HandConnector }> {
  const site = await provider.api.makeSite(customer, `Site of ${customer.name}`);
  const { code } = await provider.api.invite(site);
  const connector = new HandConnector(hub);
  await connector.enroll(code, await offer(hub, code));
  expect((await connector.report(connector.next({ at: new Date().toISOString() }))).status).toBe(200);
  return { site, connector };
}

async function erased(api: Api, customer: Named): Promise<void> {
  expect((await api.raw("DELETE", `/api/v1/customers/${customer.id}`)).status).toBe(202);
}

test("R6 an archived site is out of lists and counts, its connector is revoked and says so, and it is taken back with its history", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const { api } = provider;
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await api.site(site.id)).status === "ok");
  const before = await api.devices(site.id);
  const path = `/api/v1/sites/${site.id}/archive`;

  expect((await api.raw("POST", path)).status).toBe(204);
  expect(await api.sites()).toMatchObject({ total: 0, counts: { ok: 0, revoked: 0 } });
  expect((await api.sites("?archived=true")).items.map((s) => s.id)).toEqual([site.id]);
  expect((await api.site(site.id)).status).toBe("revoked");
  await until("the connector says so", async () => (await c.status<{ revoked: boolean }>()).revoked);
  expect((await c.command("status", "--language", "en")).stdout).toMatch(/revoked/i);
  expect((await api.raw("POST", path)).body.code).toBe("archived");
  expect((await api.raw("POST", `/api/v1/sites/${site.id}/invitations`, {})).body.code).toBe("archived");

  expect((await api.raw("DELETE", path)).status).toBe(204);
  expect((await api.raw("DELETE", path)).body.code).toBe("not_archived");
  expect((await api.sites()).items.map((s) => s.id)).toEqual([site.id]);
  expect((await api.devices(site.id)).items.map((d) => d.id)).toEqual(before.items.map((d) => d.id));
  expect((await api.siteChanges(site.id)).items.map((i) => i.verb)).toEqual(expect.arrayContaining(["connector_enrolled", "site_archived", "site_unarchived"]));
  await c.program!.stop();
  const again = await Connector.forSite(hub, provider, site, papercut.source);
  await until("it is watched again", async () => (await again.status<{ online: boolean }>()).online);
  expect((await api.site(site.id)).status).toBe("ok");
  await again.program!.stop();
});

test("R6 an archived customer takes its sites along, and each code that waits", async () => {
  const hub = await Hub.start();
  const provider = await hub.provider();
  const { api } = provider;
  const customer = await api.makeCustomer("Example Works");
  const { site, connector } = await reporting(hub, provider, customer);
  const waiting = await api.makeSite(customer, "Branch");
  const { code } = await api.invite(waiting);

  expect((await api.raw("POST", `/api/v1/customers/${customer.id}/archive`)).status).toBe(204);
  expect((await api.sites()).total).toBe(0);
  expect((await api.raw<{ total: number }>("GET", "/api/v1/customers")).body.total).toBe(0);
  expect((await api.raw<{ total: number }>("GET", "/api/v1/customers?archived=true")).body.total).toBe(1);
  expect((await connector.report(connector.next({ at: new Date().toISOString() }))).body).toMatchObject({ code: "revoked" });
  await expect(offer(hub, code)).rejects.toThrow("code_revoked");
  expect((await api.raw("POST", "/api/v1/sites", { customer_id: customer.id, name: "New" })).body.code).toBe("archived");
  // A site comes back with its customer, not alone.
  expect((await api.raw("DELETE", `/api/v1/sites/${site.id}/archive`)).body.code).toBe("archived");
  expect((await api.raw("DELETE", `/api/v1/customers/${customer.id}/archive`)).status).toBe(204);
  expect((await api.sites()).total).toBe(2);
  expect((await api.site(site.id)).status).toBe("revoked");
});

test("R75 an erased customer is gone, its neighbour's chain holds, and no backup shows it again", async () => {
  const hub = await Hub.start();
  const provider = await hub.provider();
  const { api } = provider;
  const gone = await api.makeCustomer("Gone Works");
  const stays = await api.makeCustomer("Staying Works");
  const a = await reporting(hub, provider, gone);
  const b = await reporting(hub, provider, stays);
  const backup = join(tempDir(), "backup");
  expect(await command(hub, "backup", "--to", backup)).toMatchObject({ code: 0 });

  const verbs = api.verbs();
  const shown = async () => ({
    sites: (await api.sites("?archived=true")).items.concat((await api.sites()).items).map((s) => s.id),
    customers: (await api.raw<{ items: Named[] }>("GET", "/api/v1/customers")).body.items.map((c) => c.name),
    gone: (await api.raw("GET", `/api/v1/sites/${a.site.id}`)).status,
    devices: (await api.raw("GET", `/api/v1/sites/${a.site.id}/devices`)).status,
    changes: (await api.raw("GET", `/api/v1/sites/${a.site.id}/changes`)).status,
    calls: (await a.connector.report(a.connector.next({ at: new Date().toISOString() }))).body,
    others: (await b.connector.report(b.connector.next({ at: new Date().toISOString() }))).status,
  });
  const left = { sites: [b.site.id], customers: ["Staying Works"], gone: 404, devices: 404, changes: 404, others: 200 };
  expect((await api.raw("DELETE", `/api/v1/customers/${gone.id}`)).body.code).toBe("not_archived");
  expect((await api.raw("POST", `/api/v1/customers/${gone.id}/archive`)).status).toBe(204);
  await erased(api, gone);
  expect(await shown()).toMatchObject({ ...left, calls: { code: "revoked" } });
  await until("all of it is gone", () => verbs().includes("erasure_done"));
  expect((await command(hub, "verify")).stdout).toMatch(/changes in an unbroken chain, [1-9]\d* of them erased; [1-9]\d* reports, 0 out/);
  await hub.program.stop();
  await hub.serve();
  expect(await shown()).toMatchObject({ ...left, calls: { code: "revoked" } });

  // The copy from before, under today's keys.
  await hub.program.stop();
  renameSync(dataOf(hub), `${dataOf(hub)}.lost`);
  mkdirSync(dataOf(hub));
  cpSync(join(`${dataOf(hub)}.lost`, "keys"), join(dataOf(hub), "keys"));
  expect(await command(hub, "restore", "--from", backup)).toMatchObject({ code: 0 });
  expect((await command(hub, "verify")).stdout).toMatch(/unbroken chain, [1-9]\d* of them erased/);
  await hub.serve();
  const after = await hub.logIn(provider.email, provider.password);
  const again = after.verbs();
  expect((await after.sites()).items.map((s) => s.id)).toEqual([b.site.id]);
  await until("what the copy held of it is gone", () => again().includes("erasure_done"));
  expect((await after.raw("GET", `/api/v1/sites/${a.site.id}`)).status).toBe(404);
  expect((await a.connector.report(a.connector.next({ at: new Date().toISOString() }))).body).toMatchObject({ code: "revoked" });
  expect((await command(hub, "verify")).stdout).toMatch(/unbroken chain/);
});

test("an erasure that is killed goes on, and others are served meanwhile", async () => {
  const hub = await Hub.start();
  const provider = await hub.provider();
  const { api } = provider;
  const gone = await api.makeCustomer("Large Works");
  const stays = await api.makeCustomer("Staying Works");
  const site = await api.makeSite(stays, "Head office");
  for (let i = 0; i < 60; i++) await api.invite(await api.makeSite(gone, `Branch ${i}`));
  expect((await api.raw("POST", `/api/v1/customers/${gone.id}/archive`)).status).toBe(204);
  await erased(api, gone);
  for (let i = 0; i < 5; i++) {
    await hub.program.kill9();
    await hub.serve();
    const user = await hub.logIn(provider.email, provider.password);
    expect((await user.sites()).items.map((s) => s.id)).toEqual([site.id]);
    await user.invite(site);
  }
  const user = await hub.logIn(provider.email, provider.password);
  const verbs = user.verbs();
  await until("all of it is gone", () => verbs().includes("erasure_done"));
  await hub.program.stop();
  expect((await command(hub, "verify")).stdout).toMatch(/unbroken chain, [1-9]\d* of them erased/);
});

test("R75 a customer is put aside on its page, and erased once its name is typed", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("Example Works");
  await provider.api.makeSite(customer, "Head office");
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/customers/${customer.id}`);
  await page.getByRole("button", { name: "Archive …" }).click();
  await page.getByText("The keys of all its connectors are revoked at once").waitFor();
  expect(await complaints(page, "archive a customer")).toEqual([]);
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByText("Archived since").first().waitFor();
  await until("its site is out of the list", async () => (await provider.api.sites()).total === 0);

  await page.getByRole("button", { name: "Erase for good …" }).click();
  const erase = page.getByRole("button", { name: "Erase for good", exact: true });
  const name = page.getByLabel("Type the name to confirm");
  await name.fill("Example");
  expect(await erase.isDisabled()).toBe(true);
  await name.fill("Example Works");
  expect(await complaints(page, "erase a customer")).toEqual([]);
  await erase.click();
  await page.waitForURL(/\/archive$/);
  await page.getByText("Nothing is archived here.").waitFor();
  await until("it is gone", async () => (await provider.api.raw("GET", `/api/v1/customers/${customer.id}`)).status === 404);
});

test("from the page of customers one comes to who is invited and to the archive, and from there to what was written down", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, customer } = await newSite(hub);
  const note = `/api/v1/customers/${customer.id}/note`;
  expect((await provider.api.raw("PUT", note, { text: "The key is with the porter", revision: 0 })).status).toBe(200);
  await provider.api.raw("POST", `/api/v1/customers/${customer.id}/archive`);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/customers");
  await page.getByRole("link", { name: "Invited, not connected" }).click();
  await page.waitForURL(/\/invitations$/);
  await page.goBack();
  await page.getByRole("link", { name: "Archive", exact: true }).click();
  await page.waitForURL(/\/archive$/);
  await page.locator("summary").getByText(customer.name).click();
  await page.getByRole("link", { name: "Open the customer" }).click();
  await page.getByText("The key is with the porter").waitFor();
  await page.getByRole("link", { name: "Head office" }).first().click();
  await page.waitForURL(/\/sites\/site_/);
  expect(await complaints(page, "an archived site")).toEqual([]);
});
