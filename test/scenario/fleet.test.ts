/* Whole fleets: many connectors of one machine at a real hub, and a store that was filled with a past. */
import { expect, test } from "vitest";
import type { Api, Status } from "../harness/api.ts";
import { Fleet, type Life, load } from "../harness/fleet.ts";
import { Hub } from "../harness/hub.ts";
import { programs } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { until } from "../harness/until.ts";

const SITES = 30;
const SEED = 170; // one in which every status is to be seen
const STATUSES: Status[] = ["ok", "warning", "error", "offline", "monitoring_off", "never_connected"];

/** What moves with the hour of the day or the day of the week is not compared. */
function fixed(plan: Life[], moving: string[]): Life[] {
  return plan.filter((l) => !["branch", "weekend_off", ...moving].includes(l.profile));
}

/** Sites whose status is another than the plan's, as "name: status instead of status". */
async function strays(api: Api, plan: Life[]): Promise<string[]> {
  const rows = (await api.sites("?limit=200")).items;
  const is = (l: Life) => rows.find((r) => r.name === l.site && r.customer.name === l.customer)?.status;
  return plan.filter((l) => is(l) !== l.status).map((l) => `${l.site} (${l.profile}): ${is(l)} instead of ${l.status}`);
}

test("R31 each site of a fleet shows the status that its life has", async () => {
  const hub = await Hub.start({ "poll.start_grace": "0s", "poll.offline_after": "5s" });
  const provider = await hub.provider();
  const fleet = Fleet.start(hub, provider, SITES, SEED);
  await fleet.settled();
  // That a server starts anew too often is known after some hours only.
  const plan = fixed(fleet.plan, ["restarting"]);
  for (const status of STATUSES) expect(plan.map((l) => l.status)).toContain(status);
  await until("no site strays from its plan", async () => {
    const all = await strays(provider.api, plan);
    if (all.length) throw new Error(all.join(", "));
    return true;
  });
  const sites = await provider.api.sites("?limit=200");
  expect(sites.total).toBe(SITES);
  const largest = plan.reduce((a, b) => (b.devices > a.devices ? b : a));
  const row = sites.items.find((r) => r.name === largest.site)!;
  expect(row.devices!.total).toBe(largest.devices);
  expect((await provider.api.devices(row.id)).total).toBe(largest.devices);
  await fleet.program.stop();
  expect(fleet.program.stdout).toMatch(new RegExp(`sites ${SITES} settled ${SITES} .* refused 0 `));
}, 120_000);

test("a store is filled with a fleet and its past, whose chains are whole and whose statuses are its lives'", async () => {
  const hub = await Hub.start({ "poll.start_grace": "1h" });
  const provider = await hub.provider();
  await hub.program.stop();
  const plan = await load(hub, SITES, SEED, ["--days", "100", "--history", "1"]);
  const verdict = await Program.run(programs.hub, ["verify", "--config", hub.configFile]);
  expect(verdict.stdout).toMatch(/changes in an unbroken chain, 0 of them erased; \d+ reports, 0 out of order/);
  expect(verdict.code).toBe(0);

  await hub.serve();
  const api = await hub.logIn(provider.email, provider.password);
  expect(await strays(api, fixed(plan, []))).toEqual([]);
  const reporting = fixed(plan, []).find((l) => l.profile === "disk_filling" || l.profile === "school")!;
  const site = (await api.sites("?limit=200")).items.find((r) => r.name === reporting.site)!;
  const from = new Date(Date.now() - 90 * 86_400_000).toISOString();
  const chart = await api.series(site.id, `name=disk_used_percent&step=1d&from=${from}`);
  expect(chart.points.filter(([, value]) => value !== null).length).toBeGreaterThan(85);
  const changes = await api.siteChanges(site.id, "?limit=200");
  const first = changes.items.at(-1)!;
  expect(first.verb).toBe("site_made");
  expect(Date.parse(first.at)).toBeLessThan(Date.now() - 98 * 86_400_000);
  expect(changes.items.map((c) => c.at)).toEqual(changes.items.map((c) => c.at).sort().reverse());
});
