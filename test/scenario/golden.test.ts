/** Reports of every schema version, as they were written, reach the page of a hub of today. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { root } from "../harness/place.ts";
import { HandConnector } from "../harness/wire.ts";

const folder = join(root, "test/golden");
const versions = readdirSync(folder)
  .map((n) => /^report\.(\d+)\.json$/.exec(n)?.[1])
  .filter((n) => n !== undefined)
  .map(Number)
  .sort((a, b) => a - b);

async function shown(version: number) {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const c = new HandConnector(hub);
  const { code } = await provider.api.invite(site);
  await c.enroll(code, await offer(hub, code));
  const report = JSON.parse(readFileSync(join(folder, `report.${version}.json`), "utf8")) as Record<string, unknown>;
  expect((await c.report(c.next(report))).body).toMatchObject({ acked: 1 });
  return { site: await provider.api.site(site.id), devices: await provider.api.devices(site.id) };
}

test.each(versions)("the hub serves reports of schema %i", async (version) => {
  const { site, devices } = await shown(version);
  expect(site.server).toMatchObject({ product: "PaperCut MF", version: "22.0.4", os: "Windows" });
  expect(site.licence).toMatchObject({ valid: true, support_days: 213, origin: "server" });
  expect(Date.parse(site.licence!.support_ends_at!)).toBeGreaterThan(Date.now() + 212 * 86_400_000);
  expect(devices.items).toMatchObject([{ label: "HP-1F", reasons: ["toner-empty"] }]);
});

test("R33 R36 R38 R39 infrastructure, licence with origins and usage are shown as they were told", async () => {
  const { site, devices } = await shown(2);
  expect(site.infrastructure).toEqual({ read_at: expect.any(String), parts: [{ kind: "site_servers", state: "warning", total: 3, down: 1 }] });
  expect(site.licence).toMatchObject({
    licence_days: 29,
    seats: [{ kind: "users", used: 812, licensed: 1000 }],
    organisation: { value: "Musterwerk GmbH", origin: "customer" },
    customer_reference: { value: "C-1234567", origin: "customer" },
  });
  expect(site.usage).toMatchObject({
    features: ["devices", "held_jobs"],
    held_jobs: 17,
    period: { pages: 1290, errors: 0, warnings: 3 },
    day: { pages: 3600, jobs: 434 },
  });
  expect(devices.items[0]).toMatchObject({ usage: { pages: 3512, jobs: 410 } });
  expect(site.reasons).toContainEqual(
    expect.objectContaining({ code: "some_offline", component: "site_servers", value: 1 }),
  );
  expect(site.series).toEqual(expect.arrayContaining(["pages_hour", "pages_day", "held_jobs", "users_used"]));
});

test("R50 R52 no report has a member for an address, and the customer no switch that would add one", () => {
  const schema = readFileSync(join(root, "docs/report.schema.json"), "utf8");
  const members = [...schema.matchAll(/"properties": ?(\{)/g)].length;
  expect(members).toBeGreaterThan(5);
  const names = [...schema.matchAll(/"([a-z_]+)": ?\{/g)].map((m) => m[1]!);
  expect(names).toContain("devices");
  expect(names.filter((n) => /(^|_)(ip|address|addresses|url|uri|host|hostname|mac|subnet)(_|$)/.test(n))).toEqual([]);
  const switches = JSON.parse(readFileSync(join(root, "web/settings/openapi.json"), "utf8")) as {
    components: { schemas: Record<string, { properties?: Record<string, { enum?: string[] }> }> };
  };
  const asked = Object.values(switches.components.schemas).flatMap((s) => s.properties?.["permission"]?.enum ?? []);
  expect([...new Set(asked)].sort()).toEqual(["console", "mfp", "monitoring"]);
});

test("a report of schema 1 leaves unknown what it cannot say: neither zero nor expired", async () => {
  const { site, devices } = await shown(1);
  expect(site.infrastructure).toBeNull();
  expect(site.usage).toBeNull();
  expect(site.licence).toMatchObject({ licence_days: null, seats: [], organisation: null, customer_reference: null });
  expect(devices.items[0]).toMatchObject({ usage: null });
});
