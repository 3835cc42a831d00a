/* Restarts, power cuts and restored disks. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Fleet } from "../harness/fleet.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { until } from "../harness/until.ts";

test("a hub that was stopped and started calls no site offline", async () => {
  const hub = await Hub.start({ "poll.start_grace": "6s" });
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = () => provider.api.site(site.id).then((s) => s.status);
  await until("the site is ok", async () => (await status()) === "ok");
  await hub.program.stop();
  await c.program!.stop(); // it cannot call, so only the hub's own rule counts
  hub.setClock(200_000); // far longer than 90 s without a poll
  await hub.serve();
  expect(await status()).toBe("ok");
  await until("it is offline when the grace is over", async () => (await status()) === "offline");
  // The connector's own clock is that of the machine: the hub's must be near to it again.
  hub.setClock(0);
});

test("R24 a site whose connector has gone is offline after 90 s, and back with its next poll", async () => {
  const hub = await Hub.start({ "poll.start_grace": "0s", "poll.offline_after": "3s" });
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = () => provider.api.site(site.id).then((s) => s.status);
  await until("the site is ok", async () => (await status()) === "ok", 40_000);
  await c.program!.stop();
  await until("the site is offline", async () => (await status()) === "offline", 40_000);
  c.run();
  await until("the site is back", async () => (await status()) === "ok", 40_000);
}, 150_000);

test("a connector that starts while its hub is away does not say what the one before it was", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = () => c.status<{ running: boolean; online: boolean }>();
  await until("it is online", async () => (await status()).online);
  await c.program!.stop();
  await hub.program.stop();
  c.run();
  const first = await until("it runs", async () => {
    const s = await status();
    return s.running && s;
  });
  expect(first.online).toBe(false);
});

test("R68 a connector that was rolled back to an older disk is a fork: nothing is lost, both sides say so", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ disk_used_percent: 10 });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const disk = async () => (await provider.api.series(site.id, "name=disk_used_percent")).points.at(-1)?.[1];
  await until("the first value is there", async () => (await disk()) === 10, 40_000);
  await c.program!.stop();
  const copy = c.copyDisk();

  papercut.change({ disk_used_percent: 20 });
  c.run();
  await until("the second value is there", async () => (await disk()) === 20, 40_000);
  await c.program!.stop();

  c.rollBack(copy);
  papercut.change({ disk_used_percent: 30 });
  c.run();
  await until("what it says now is there all the same", async () => (await disk()) === 30, 40_000);
  expect((await provider.api.site(site.id)).connector).toMatchObject({ copied: true });
  expect(JSON.stringify(await c.status())).toMatch(/copied|fork/);
});

test("a fleet is back after its hub was stopped, and after it died: nobody is called offline, no report is lost", async () => {
  const hub = await Hub.start({ "poll.offline_after": "3s" }); // shorter than it is away
  const provider = await hub.provider();
  // Each reports all ten seconds.
  const fleet = Fleet.start(hub, provider, 20, 170, ["--speed", "60"]);
  await fleet.settled();
  const calling = fleet.plan.filter((l) => !["gone_silent", "invited", "branch"].includes(l.profile));
  const backAfter = async (since: number) => {
    const { items } = await provider.api.sites("?limit=200");
    return calling.every((l) => {
      const seen = items.find((r) => r.name === l.site)?.last_seen;
      return seen && Date.parse(seen) > since;
    });
  };
  let offline = 0;
  for (const end of ["stop", "kill9"] as const) {
    await hub.program[end]();
    const since = Date.now();
    await until("that is longer than a site may be silent", () => Date.now() - since > 4_000);
    await hub.serve();
    await until(
      `all are back after ${end}`,
      async () => {
        offline = Math.max(offline, (await provider.api.sites()).counts.offline!);
        return backAfter(since);
      },
      40_000,
    );
    expect(offline).toBe(0);
  }
  await fleet.program.stop();
  await hub.program.stop();
  const told = Number(/ reports (\d+) /.exec(fleet.program.stdout)![1]);
  const verdict = await Program.run(programs.hub, ["verify", "--config", hub.configFile]);
  const held = /; (\d+) reports, 0 out of order/.exec(verdict.stdout);
  expect(Number(held?.[1])).toBeGreaterThanOrEqual(told);
  expect(told).toBeGreaterThanOrEqual(calling.length);
}, 120_000);
