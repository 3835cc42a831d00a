/* A disk that is really full, under a connector and under a hub: R6 nothing that was acknowledged is lost, both say what is
 * wrong, R29 the customer's switches turn all the same, and all goes on when there is room again. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { SmallDisk } from "../harness/disk.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { SettingsPage } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { chains, sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

interface Status {
  online: boolean;
  storage: string;
  copied: boolean;
  permissions: { monitoring: string; mfp: string };
  run: { acked_seq: number; last_seq: number; spooled: number };
}

test("R6 R29 a connector whose disk is full says so, turns its switches, loses nothing, and goes on when there is room", { timeout: 120_000 }, async (ctx) => {
  needs(ctx, SmallDisk.missing, sqliteMissing());
  const disk = await SmallDisk.make("8m");
  const hub = await Hub.start({ "poll.hold": "2s" }); // polls tell how storing goes
  const papercut = await PaperCut.start({ disk_used_percent: 1 });
  const { provider, site } = await newSite(hub);
  const c = new Connector(hub, join(disk.dir, "connector"));
  const { code } = await provider.api.invite(site);
  const { sha256 } = (await offer(hub, code)).agreement;
  expect(await c.enroll(code, papercut.source, sha256)).toMatchObject({ code: 0 });
  c.run();
  const shown = () => provider.api.site(site.id);
  const status = () => c.status<Status>();
  const reasons = async () => (await shown()).reasons.map((r) => r.code);
  await until("the site has reported", async () => (await shown()).status === "ok");
  const page = await SettingsPage.open(c);
  const conf = c.read("connector.conf");
  const { acked_seq } = await until("nothing waits", async () => {
    const { run } = await status();
    return run.acked_seq > 0 && run.acked_seq === run.last_seq && run;
  });

  disk.fill();
  papercut.change({ disk_used_percent: 50 });
  await until("its status says that the disk is full", async () => (await status()).storage === "full");
  await until("so does the hub", async () => (await reasons()).includes("storage_full"));
  expect((await status()).online).toBe(true);

  // Switches need no new room; what does is refused by its code, and stays what it was.
  for (const to of ["ask", "off", "ask", "off", "ask"]) expect((await page.turn("mfp", to)).permissions.mfp.state).toBe(to);
  expect(c.program!.stderr).not.toContain("permission=monitoring");
  await until("the hub knows of the switch", async () => (await shown()).permissions?.mfp === "ask");
  const option = { items: [{ name: "usage.floor", value: "30" }] };
  expect(await page.call("POST", "/api/options", option)).toMatchObject({ status: 503, body: { code: "storage_full" } });
  expect(c.read("connector.conf")).toBe(conf);
  const rotated = await c.command("rotate-key");
  expect(rotated.code).toBe(1);
  expect(rotated.stderr).toContain("No room is left");

  // A crash meanwhile, and a start with the disk as full as before.
  await c.program!.kill9();
  c.run();
  await until("it is online", async () => (await status()).online);
  expect((await status()).permissions).toMatchObject({ monitoring: "on", mfp: "ask" });
  await c.monitoring("off");
  await until("the hub knows that monitoring is off", async () => (await shown()).status === "monitoring_off");
  await c.monitoring("on");

  disk.empty();
  papercut.change({ disk_used_percent: 60 });
  const last = async () => (await provider.api.series(site.id, "name=disk_used_percent")).points.at(-1)?.[1];
  await until("what is read arrives", async () => (await last()) === 60);
  await until("all is well", async () => (await status()).storage === "ok" && (await shown()).status === "ok");
  expect(await c.command("rotate-key")).toMatchObject({ code: 0 });
  await until("nothing waits", async () => {
    const { run } = await status();
    return run.acked_seq === run.last_seq;
  });
  expect((await status()).copied).toBe(false);
  expect((await c.command("ledger", "--seq", String(acked_seq))).code).toBe(0);
  expect((await c.command("ledger")).stdout).toMatch(/\bgap\b/);
  await c.program!.stop();
  await hub.program.stop();
  const held = await chains(hub);
  // The off began an epoch of its own if something waited; before it nothing is missing.
  expect(held.length).toBeLessThanOrEqual(2);
  expect(Math.max(...held.map((h) => h.count))).toBeGreaterThanOrEqual(acked_seq);
});

test("R6 a hub whose disk is full refuses what it cannot keep, loses nothing that it acknowledged, and goes on when there is room", { timeout: 120_000 }, async (ctx) => {
  needs(ctx, SmallDisk.missing, sqliteMissing());
  const disk = await SmallDisk.make("24m");
  const hub = await Hub.start({ data_dir: join(disk.at, "data") }, undefined, disk.inside);
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const other = await provider.api.makeSite(await provider.api.makeCustomer("Other Works"), "Other");
  const { code } = await provider.api.invite(other);
  const hand = new HandConnector(hub);
  await hand.enroll(code, await offer(hub, code));
  const status = () => c.status<Status>();
  const report = () => hand.next({ server: { product: "PaperCut MF", version: "22.0.4", edition: "MF", os: "Linux" } });
  await until("the site has reported", async () => (await provider.api.site(site.id)).status === "ok");
  // What it has to tell once needs room: a line is up when it is told.
  await until("its switches are told", () => c.permissionsTold() > 0);

  disk.fill();
  let waiting = report();
  const refused = await until("a report is refused", async () => {
    const a = await hand.report(waiting);
    if (a.status !== 200) return a;
    waiting = report();
    return false;
  }, 60_000);
  expect(refused.status).toBe(503);
  expect(refused.body.code).toMatch(/^(storage_full|uncertain)$/);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  await until("its log names it", () => /event=db_failed query=\S+ code=13/.test(hub.program.stderr)); // SQLITE_FULL
  const acked = hand.seq - 1;

  // What needs no room works; what does is refused by its code.
  expect((await provider.api.site(other.id)).name).toBe("Other");
  const made = await provider.api.raw("POST", "/api/v1/customers", { name: "Too many" });
  expect(made.status).toBe(503);
  expect((made.body as { code: string }).code).toMatch(/^(storage_full|uncertain)$/);
  papercut.change({ database: { status: "ERROR" } });
  await until("a connector's reports wait", async () => (await status()).run.spooled > 0);
  await until("it is online all the same", async () => (await status()).online);
  // Its line breaks meanwhile, and it is no less online for it.
  await c.program!.stop();
  c.run();
  await until("it is online", async () => (await status()).online);

  // Killed, and started where it can hardly write.
  await hub.program.kill9();
  disk.empty();
  await hub.serve();
  await until("the report is taken", async () => (await hand.report(waiting)).status === 200, 60_000);
  await until("those that waited have come", async () => (await provider.api.site(site.id)).status === "error", 60_000);
  await until("none waits", async () => (await status()).run.spooled === 0, 60_000);
  expect((await status()).copied).toBe(false);
  await c.program!.stop();
  await hub.program.stop();
  cpSync(join(disk.dir, "data"), join(hub.dir, "hub/data"), { recursive: true });
  const held = await chains(hub);
  expect(held.find((h) => h.epoch === hand.epoch.toString("hex"))?.count).toBe(acked + 1);
  expect(held).toHaveLength(2);
});
