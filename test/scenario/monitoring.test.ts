/* The customer's switch. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { until } from "../harness/until.ts";

test("R24 monitoring off: shown as that and not as failed, and no report leaves while it is off", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = () => provider.api.site(site.id).then((s) => s.status);
  await until("the site is ok", async () => (await status()) === "ok");

  await c.monitoring("off");
  await until("the hub shows it", async () => (await status()) === "monitoring_off", 5_000);
  expect((await provider.api.site(site.id)).permissions).toMatchObject({ monitoring: "off" });

  // What goes wrong now is nobody's business, not even later.
  const before = (await c.command("ledger")).stdout;
  papercut.change({ database: { status: "ERROR" } });
  await until("the connector has asked for commands meanwhile", async () => {
    const s = await provider.api.site(site.id);
    return Date.parse(s.last_seen!) > Date.now() - 5_000;
  });
  expect((await c.command("ledger")).stdout).toBe(before);
  papercut.change({ database: { status: "OK" } });

  await c.monitoring("on");
  await until("it reports again", async () => (await status()) === "ok");
});

test("R24 no answer shows the status of one switch and the permissions of another", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");

  const contradictions: object[] = [];
  let asking = true;
  const asker = async () => {
    while (asking) {
      const { status, permissions } = await provider.api.site(site.id);
      if ((status === "monitoring_off") !== (permissions!.monitoring === "off"))
        contradictions.push({ status, monitoring: permissions!.monitoring });
    }
  };
  const askers = [asker(), asker(), asker()];
  for (const to of ["off", "on", "off", "on", "off", "on"] as const) {
    await c.monitoring(to);
    await until(`the hub shows ${to}`, async () => (await provider.api.site(site.id)).permissions!.monitoring === to);
  }
  asking = false;
  await Promise.all(askers);
  expect(contradictions).toEqual([]);
});

test("R19 a permission cannot be widened from the hub: the mirror of an old switch changes nothing here", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await c.monitoring("off");
  await until("the hub shows it", async () => (await provider.api.site(site.id)).status === "monitoring_off");
  const openapi = await provider.api.raw<{ paths: Record<string, object> }>("GET", "/openapi.json");
  expect(Object.keys(openapi.body.paths).filter((p) => p.startsWith("/api/") && p.includes("permission"))).toEqual([]);
  expect(JSON.parse(c.read("permissions.json"))).toMatchObject({ monitoring: "off" });
});

test("R15 a revoked connector is refused, says so, and stops collecting", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  await provider.api.revokeConnector(site);
  expect((await provider.api.site(site.id)).status).toBe("revoked");
  await until("the connector knows", async () => JSON.stringify(await c.status()).includes("revoked"));
});
