/** Remote administration: who may visit, who says so, and how a visit ends; a real hub, a real connector, a real cupsd. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cupsMissing } from "../harness/cups.ts";
import { saidOf, Visited } from "../harness/session.ts";
import { SettingsPage } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { Visit } from "../harness/visit.ts";

test("R2 a visit is asked for, approved at the site, opened, and ended by the technician; the dashboard hears of each step", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const stream = v.provider.api.http.events("/api/v1/changes");
  try {
    await until("the stream is open", () => stream.status === 200);
    await v.allow("ask");
    const id = await v.asked();
    await v.is(id, "waiting_for_approval");
    const [waits] = (await v.visits()).items;
    expect(waits).toMatchObject({ id, state: "waiting_for_approval", by: "Test User", reason: "toner report fails, ticket 4711", target_kind: "console" });
    await v.say("approve", id);
    await v.is(id, "open");
    expect(await v.url(id)).toMatch(/^https:\/\/[0-9a-z]{28}\.console\.example\.test:\d+\/\.imprimatur\/enter#[\w-]{43}$/);
    expect((await v.end(id)).status).toBe(204);
    await v.is(id, "ended", "technician");
    await until("the site has ended it, too", async () => (await v.visits()).items.length === 0);
    expect((await v.visits()).past[0]).toMatchObject({ id, state: "ended", why: "technician" });
    const { past } = await v.visits();
    await v.connector.program!.stop();
    expect(await v.visits()).toEqual({ items: [], past });
    await until("all was told", () => saidOf(stream, id).length >= 4);
    expect(saidOf(stream, id)).toEqual(["session_requested", "session_waiting", "session_opened", "session_ended"]);
  } finally {
    stream.stop();
  }
});

test("R25 switched off is refused: by the hub as far as it knows, and by the connector itself", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const refused = await v.ask();
  expect([refused.status, refused.body.code]).toEqual([403, "denied"]);
  expect((await v.visits()).items).toEqual([]);
  // Off, and the hub does not know yet: the connector decides.
  await v.allow("ask");
  v.connector.program!.freeze();
  expect((await v.connector.command("permissions", "console", "off")).code).toBe(0);
  const id = await v.asked();
  v.connector.program!.thaw();
  await v.is(id, "refused", "not_allowed");
});

test("R29 the customer ends a visit within a second: end now, no, and the switch", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const [ended, switched, refused] = [await v.opened(), await v.opened(), await v.asked()];
  await v.is(refused, "waiting_for_approval");
  await v.say("end", ended);
  await v.is(ended, "ended", "customer");
  await v.say("refuse", refused);
  await v.is(refused, "refused", "customer");
  expect((await v.get(switched)).state).toBe("open");
  await v.allow("off");
  await v.is(switched, "ended", "switched_off");
  expect((await v.visits()).items).toEqual([]);
});

test("R9 `on` opens at once, and what it opened ends when somebody has to be asked", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("on");
  const id = await v.asked();
  await v.is(id, "open");
  await v.allow("ask");
  await v.is(id, "ended", "switched_off");
});

test("R19 yes and no on the settings page; a session that is over takes no word", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await SettingsPage.open(v.connector);
  const id = await v.asked();
  await v.is(id, "waiting_for_approval");
  expect(await page.call("POST", `/api/sessions/${id}/approve`)).toMatchObject({ status: 200 });
  await v.is(id, "open");
  for (const late of ["approve", "refuse"])
    expect(await page.call("POST", `/api/sessions/${id}/${late}`)).toMatchObject({ status: 409, body: { code: "session_open" } });
  expect(await page.call("DELETE", `/api/sessions/${id}`)).toMatchObject({ status: 200 });
  await v.is(id, "ended", "customer");
  expect(await page.call("POST", `/api/sessions/${id}/approve`)).toMatchObject({ status: 410, body: { code: "session_over" } });
  const r = await v.connector.command("sessions", "approve", id);
  expect([r.code, r.stderr]).toEqual([1, expect.stringMatching(/^This session is over/)]);
});

test("a visit outlives a restart of the hub, and ends with a restart of the connector", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const id = await v.opened();
  await v.hub.program.stop();
  await v.hub.serve();
  expect((await v.get(id)).state).toBe("open");
  await v.connector.program!.kill9();
  v.connector.run();
  await v.is(id, "ended", "restarted");
});

test("a visit ends with the technician's login", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const colleague = await v.hub.provider();
  await v.allow("on");
  const id = await v.asked();
  await v.is(id, "open");
  await v.provider.api.logout();
  await until("it is over", async () => (await colleague.api.raw<{ why: string }>("GET", `/api/v1/sessions/${id}`)).body.why === "login_ended");
  await until("at the site, too", async () => (await v.visits()).items.length === 0);
});

test("R61 who visits and why is in no file of the site and no log", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const id = await v.opened(undefined, "zzreason4711");
  await v.end(id);
  await until("it is over at the site", async () => (await v.visits()).items.length === 0);
  const all = (dir: string): string[] => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? all(join(dir, e.name)) : [join(dir, e.name)]));
  for (const file of all(v.connector.dir).filter((f) => statSync(f).isFile())) {
    const text = readFileSync(file, "latin1");
    expect([file, text.includes("zzreason4711"), text.includes("Test User")]).toEqual([file, false, false]);
  }
  expect(v.connector.program!.stderr).not.toContain("zzreason4711");
  expect(v.connector.program!.stderr).not.toContain("Test User");
  expect(v.connector.read("sessions.json")).toContain(id);
});

test("R50 R51 a device is configured on the customer's page; the hub knows its id, name and kind, and no address", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const page = await SettingsPage.open(v.connector);
  const device = { name: "Ricoh 2F", kind: "mfp", address: "http://192.0.2.77", tls: "plain" };
  const bad = await page.call("POST", "/api/targets", { ...device, address: "http://127.0.0.1" });
  expect([bad.status, bad.body.code]).toEqual([400, "invalid"]);
  const added = await page.call<{ items: { id: string }[] }>("POST", "/api/targets", device);
  expect(added.status).toBe(200);
  const id = added.body.items[0]!.id;
  const shown = async () => (await v.provider.api.raw<{ items: { id: string; name: string; permission: string }[] }>("GET", `/api/v1/sites/${v.site.id}/targets`)).body.items;
  await until("the hub shows it", async () => (await shown()).length === 2);
  expect(await shown()).toMatchObject([{ id: "console", permission: "off" }, { id, name: "Ricoh 2F", kind: "mfp", permission: "off" }]);
  expect(JSON.stringify(await shown())).not.toContain("192.0.2.77");
  expect([(await v.ask(id)).status, (await v.ask(id)).body.code]).toEqual([403, "denied"]);
  await v.allow("on", "mfp");
  const visit = await v.asked(id);
  await v.is(visit, "open");
  expect((await v.get(visit)).target).toEqual({ id, kind: "mfp", name: "Ricoh 2F" });
  expect((await page.call("DELETE", `/api/targets/${id}`)).status).toBe(200);
  await until("the hub knows", async () => (await shown()).length === 1);
  expect((await v.ask(id)).status).toBe(404);
});

test("R2 R56 R58 the real cupsd's own pages are opened through hub and connector, counted, and gone once the customer ends the visit", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("on");
  const visit = await Visit.open(v.hub, v.provider, v.site);
  const page = await visit.get("/");
  expect([page.status, page.text.includes("CUPS")]).toEqual([200, true]);
  expect((await visit.get("/cups.css")).status).toBe(200);
  const id = visit.session.id;
  await until("what passes is counted while it is open", async () => {
    const { state, requests, bytes_down } = await v.get(id);
    return state === "open" && requests > 1 && bytes_down > page.body.length;
  });
  await v.say("end", id);
  const over = await visit.get("/");
  expect([over.status, over.headers["clear-site-data"]]).toEqual([410, '"cache", "storage"']);
  await v.is(id, "ended", "customer");
  const told = await v.get(id);
  expect(told.requests).toBeGreaterThan(1);
  expect(told.bytes_down).toBeGreaterThan(page.body.length);
});
