/* Another process holds the hub's database: an operator's shell, a backup program. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { chains, sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";

/** Longer than the hub waits for the file (5 s), several times over. */
const HELD_MS = 20_000;

test("while the database is locked reads are answered, writes say when to come again, and no report is lost", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 10 });
  const { provider, customer, site } = await newSite(hub);
  await Connector.forSite(hub, provider, site, { ...papercut.source, "source.interval": "1s" });
  const disk = async () => (await provider.api.series(site.id, "name=disk_used_percent")).points.at(-1)?.[1];
  await until("the first value is there", async () => (await disk()) === 10, 40_000);

  const holder = Program.start("sqlite3", [join(hub.dir, "hub/data/hub.db")], { foreign: true });
  holder.child.stdin!.write("BEGIN IMMEDIATE;\nSELECT 'held';\n");
  await until("the lock is held", () => holder.stdout.includes("held"));
  const held = performance.now();
  papercut.change({ disk_used_percent: 20 });
  let refused = 0;
  while (performance.now() - held < HELD_MS) {
    const write = provider.api.raw("POST", "/api/v1/customers", { name: "Late", language: "en" });
    const asked = performance.now();
    expect((await provider.api.site(site.id)).id).toBe(site.id);
    expect((await provider.api.sites()).total).toBe(1);
    expect(performance.now() - asked).toBeLessThan(2000);
    const a = await write;
    expect(a).toMatchObject({ status: 503, body: { code: "busy" } });
    expect(Number(a.headers["retry-after"])).toBeGreaterThan(0);
    refused++;
  }
  expect(refused).toBeGreaterThan(1);
  expect(await disk()).toBe(10);
  holder.child.stdin!.end("ROLLBACK;\n");
  await holder.ended;

  // What was refused was not done behind anybody's back; what the connector told comes now.
  expect((await provider.api.makeCustomer("Late")).name).toBe("Late");
  await until("the second value is there", async () => (await disk()) === 20, 40_000);
  expect(customer.name).not.toBe("Late");
  expect((await chains(hub)).length).toBe(1);
});
