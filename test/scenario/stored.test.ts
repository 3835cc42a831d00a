/** What is stored at the site is what docs/data.md says, and nothing else. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { SettingsPage } from "../harness/settings.ts";
import { checkStored, files } from "../harness/stored.ts";
import { Tap } from "../harness/tap.ts";
import { until } from "../harness/until.ts";

test("R65 the connector's folder holds the files that docs/data.md lists, and in them what it lists", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ xmlrpc: { tokens: ["sim-token"] } });
  const { provider, site } = await newSite(hub);
  const tap = await Tap.start(hub);
  const proxy = { "proxy.url": tap.url, "proxy.auth": "basic", "proxy.user": "somebody", "proxy.password": "proxy password" };
  const pages = { "source.papercut.xmlrpc": "yes", "source.papercut.token": "sim-token" };
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...proxy, ...pages });
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  await c.monitoring("off");
  await until("the hub shows it", async () => (await provider.api.site(site.id)).status === "monitoring_off");
  await c.monitoring("on");
  await until("the site is ok again", async () => (await provider.api.site(site.id)).status === "ok");
  const page = await SettingsPage.open(c);
  await page.turn("console", "on", 3600);
  await page.turn("mfp", "ask");
  const window = { from: "2090-01-01T08:00:00Z", to: "2090-01-01T09:00:00Z" };
  expect(await page.call("POST", "/api/windows", { permission: "mfp", ...window })).toMatchObject({ status: 200 });
  const typed = [{ name: "licence.organisation", value: "Example Works" }, { name: "licence.customer_reference", value: "CRN 1" }];
  expect(await page.call("POST", "/api/options", { items: typed })).toMatchObject({ status: 200 });
  await c.command("doctor"); // it tries whether it may write
  expect(await c.command("rotate-key")).toMatchObject({ code: 0 });
  for (const name of ["status.json", "counters.json", "key.old.pem", "settings.url"])
    await until(`${name} is there`, () => files(c.dir).includes(name));
  await c.program!.kill9(); // in the midst of its work: a file may have been about to be replaced
  checkStored(c);
});

test("R63 proxy settings are in a file of the site only as long as one is configured", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const tap = await Tap.start(hub);
  const proxied = (c: Connector) => files(c.dir).filter((name) => name !== "control.sock" && /proxy|somebody/i.test(c.read(name)));
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  expect(proxied(c)).toEqual([]);

  const page = await SettingsPage.open(c);
  const set = async (values: Record<string, string | null>) =>
    expect(await page.call("POST", "/api/options", { items: Object.entries(values).map(([name, value]) => ({ name, value })) })).toMatchObject({ status: 200 });
  await set({ "proxy.url": tap.url, "proxy.auth": "basic", "proxy.user": "somebody", "proxy.password": "proxy password" });
  expect(proxied(c)).toEqual(["connector.conf"]);
  await set({ "proxy.url": null, "proxy.auth": null, "proxy.user": null, "proxy.password": null });
  await until("nothing of it is left", () => proxied(c).length === 0);
  await until("the site is there without it", async () => (await provider.api.site(site.id)).status === "ok");
});
