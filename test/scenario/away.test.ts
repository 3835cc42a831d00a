/* A hub that was away for a month, and one that was set back to yesterday: what was read arrives, once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Named } from "../harness/api.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { chains, query, sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const STEPS = 59;

interface Status {
  online: boolean;
  copied: boolean;
  run: { spooled: number; last_seq: number; acked_seq: number; reported_at?: string };
}

async function disk(provider: Provider, site: Named): Promise<number | null | undefined> {
  return (await provider.api.series(site.id, "name=disk_used_percent")).points.at(-1)?.[1];
}

test(
  "R6 a hub that was away for 30 days: all arrives within the credit, the newest first, and others do not wait",
  async (ctx) => {
    needs(ctx, sqliteMissing());
    const hub = await Hub.start();
    const papercut = await PaperCut.start({ disk_used_percent: 1 });
    const { provider, site } = await newSite(hub);
    const other = await provider.api.makeSite(await provider.api.makeCustomer("Other Works"), "Other");
    const { code } = await provider.api.invite(other);
    const hand = new HandConnector(hub);
    await hand.enroll(code, await offer(hub, code));
    const source = { ...papercut.source, "source.interval": "1s", "spool.keep": "40d" };
    const env = { IMPRIMATUR_TEST_CLOCK: hub.clockFile };
    const c = await Connector.forSite(hub, provider, site, source, env);
    await until("the first value is there", async () => (await disk(provider, site)) === 1, 40_000);
    await hub.program.stop();

    // A month in steps of half a day; each brings a reading of its own.
    const status = () => JSON.parse(readFileSync(join(c.dir, "status.json"), "utf8")) as Status["run"];
    let last = await until("it says how it is", () => status().last_seq);
    for (let step = 1; step <= STEPS; step++) {
      hub.setClock(step * 12 * HOUR_MS);
      papercut.change({ disk_used_percent: step + 1 });
      last = await until(`step ${step} is stored`, () => status().last_seq > last && status().last_seq, 20_000);
    }
    expect(status().spooled).toBeGreaterThanOrEqual(STEPS);

    await hub.serve();
    const began = performance.now();
    let slowest = 0;
    let calls = 0;
    await until(
      "the backlog is gone",
      async () => {
        const at = performance.now();
        const now_s = Math.floor((Date.now() + STEPS * 12 * HOUR_MS) / 1000);
        const a = await hand.send<{ acked: number }>(hand.reportsCall([hand.next()], { created: now_s }));
        expect(a.status).toBe(200);
        slowest = Math.max(slowest, performance.now() - at);
        calls++;
        return status().spooled === 0;
      },
      90_000,
    );
    console.log(`backlog of ${last} records in ${Math.round(performance.now() - began)} ms; slowest of ${calls} calls beside it ${Math.round(slowest)} ms`);
    expect(slowest).toBeLessThan(2_000);
    await provider.api.login(provider.email, provider.password); // the month has ended the login
    await until("the newest is shown", async () => (await disk(provider, site)) === STEPS + 1, 20_000);
    const points = (await provider.api.series(site.id, `name=disk_used_percent&from=${new Date(Date.now() - DAY_MS).toISOString()}&step=12h`)).points;
    expect(new Set(points.map((p) => p[1])).size).toBeGreaterThan(STEPS / 2);
    await c.program!.stop();
    await hub.program.stop();

    // Call by call, as the hub kept them: the newest alone, then the oldest first, never more than the credit.
    const { epoch } = JSON.parse(c.read("status.json")) as { epoch: string };
    const rows = await query(
      hub,
      `SELECT hex(call_id) AS call, count(*) AS n, min(seq) AS first, max(seq) AS last FROM report
         WHERE lower(hex(epoch)) = '${epoch}' GROUP BY call_id ORDER BY call_id`,
    );
    expect(Math.max(...rows.map((r) => Number(r.n)))).toBeLessThanOrEqual(64);
    const jump = rows.findIndex((r, i) => i > 0 && Number(r.first) > Number(rows[i - 1]!.last) + 1);
    expect(jump).toBeGreaterThan(0);
    expect(Number(rows[jump]!.n)).toBe(1);
    expect(Number(rows[jump]!.first)).toBeGreaterThanOrEqual(last - 2);
    // What was read meanwhile goes before the backlog, which begins where the hub had been left.
    const backlog = rows.slice(jump + 1).find((r) => Number(r.first) < last - 2);
    expect(Number(backlog!.first)).toBe(Number(rows[jump - 1]!.last) + 1);
    const held = await chains(hub);
    expect(held).toHaveLength(2);
    expect(held.find((h) => h.epoch === epoch)!.count).toBeGreaterThanOrEqual(last);
    expect(held.find((h) => h.epoch !== epoch)!.count).toBe(calls);
  },
  240_000,
);

test("R6 what is older than the spool keeps becomes one gap, and the rest arrives", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 1 });
  const { provider, site } = await newSite(hub);
  const source = { ...papercut.source, "source.interval": "1s", "spool.keep": "3d" };
  const env = { IMPRIMATUR_TEST_CLOCK: hub.clockFile };
  const c = await Connector.forSite(hub, provider, site, source, env);
  await until("the first value is there", async () => (await disk(provider, site)) === 1, 40_000);
  await hub.program.stop();
  const status = () => JSON.parse(readFileSync(join(c.dir, "status.json"), "utf8")) as Status["run"];
  await until("it says how it is", () => status().last_seq);
  for (let day = 1; day <= 9; day++) {
    const { last_seq, spooled } = status();
    hub.setClock(day * DAY_MS);
    papercut.change({ disk_used_percent: day + 1 });
    await until(`day ${day} is stored`, () => status().last_seq !== last_seq || status().spooled !== spooled, 20_000);
  }
  await hub.serve();
  await provider.api.login(provider.email, provider.password); // nine days have ended the login
  await until("the newest is there", async () => (await disk(provider, site)) === 10, 60_000);
  await until("nothing waits", () => status().spooled === 0, 60_000);
  const ledger = (await c.command("ledger")).stdout.trim().split("\n");
  expect(ledger.filter((l) => /\bgap\b/.test(l))).toHaveLength(1);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
}, 180_000);

test("R6 a hub that was set back to yesterday gets again what it lost, in one chain and without a fork", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 1 });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "source.interval": "1s" });
  await until("the first value is there", async () => (await disk(provider, site)) === 1, 40_000);
  await hub.program.stop();
  const backup = hub.copyDisk();
  await hub.serve();
  for (let i = 2; i <= 6; i++) {
    papercut.change({ disk_used_percent: i });
    await until(`value ${i} is there`, async () => (await disk(provider, site)) === i, 40_000);
  }
  // The customer's hand and a command, both forgotten by the hub that comes back.
  expect((await provider.api.raw("POST", `/api/v1/sites/${site.id}/refresh`)).status).toBe(202);
  await until("the command was seen", () => (JSON.parse(c.read("state.json")) as { commands_after?: number }).commands_after === 1);
  await hub.program.stop();
  // What the command brought may have been the last thing acknowledged: from here on nothing is.
  const { acked_seq } = await until("its own status knows of all six values", async () => {
    const { online, run } = await c.status<Status>();
    return !online && run.acked_seq >= 6 && run;
  });
  hub.rollBack(backup);
  await hub.serve();
  papercut.change({ disk_used_percent: 7 });
  await until("the newest is there", async () => (await disk(provider, site)) === 7, 60_000);
  await until("all is acknowledged again", async () => (await c.status<Status>()).run.acked_seq > acked_seq, 60_000);
  expect((await c.status<Status>()).copied).toBe(false);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: false });
  // A command of the restored hub is new to the connector, once a poll has said how far it is.
  await until(
    "it is followed",
    async () => {
      const { status } = await provider.api.raw("POST", `/api/v1/sites/${site.id}/refresh`);
      expect([202, 429]).toContain(status); // once a minute
      return (JSON.parse(c.read("state.json")) as { commands_after: number }).commands_after > 1;
    },
    90_000,
  );
  await c.program!.stop();
  await hub.program.stop();
  const held = await chains(hub);
  expect(held).toHaveLength(1);
  expect(held[0]!.count).toBeGreaterThan(acked_seq);
}, 180_000);

test("R6 a report that comes late does not overwrite what is newer", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const server = (version: string) => ({ server: { product: "PaperCut MF", version, edition: "MF", os: "Linux" } });
  const old = c.next(server("21.0.0"));
  const middle = c.next(server("22.0.0"));
  const newest = c.next(server("23.0.0"));
  const version = async () => (await provider.api.site(site.id)).server?.version;
  expect((await c.report(newest)).status).toBe(200);
  expect(await version()).toBe("23.0.0");
  expect((await c.report(old, middle)).body).toMatchObject({ acked: 3, ranges: [] });
  expect(await version()).toBe("23.0.0");
});

test("a device that has gone does not come back with a report that comes late", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const id = (label: string) => label.toLowerCase().repeat(26);
  const tell = (items: string[], gone: string[] = [], complete = false) =>
    c.next({
      devices: {
        ...{ complete, total: items.length, in_error: 0, gone: gone.map(id) },
        items: items.map((label) => ({ id: id(label), label, state: "idle", reasons: [], accepting_jobs: true })),
      },
    });
  const shown = async () => (await provider.api.devices(site.id)).items.map((d) => d.label).sort();

  const early = [tell(["A", "B"], [], true), tell(["C"]), tell(["A"])];
  expect((await c.report(tell([], ["A"]))).status).toBe(200);
  expect(await shown()).toEqual([]);
  expect((await c.report(...early)).body).toMatchObject({ acked: 4, ranges: [] });
  expect(await shown()).toEqual(["B", "C"]);
  expect((await c.report(tell(["A"]))).status).toBe(200);
  expect(await shown()).toEqual(["A", "B", "C"]);

  // What a whole list does not name has gone as well, though it was never heard of before.
  const late = tell(["D"]);
  expect((await c.report(tell(["B"], [], true))).status).toBe(200);
  expect((await c.report(late)).body).toMatchObject({ acked: 7, ranges: [] });
  expect(await shown()).toEqual(["B"]);
});
