/* The hub's clock is set while it runs. */
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { always, until } from "../harness/until.ts";

const HOUR_MS = 3_600_000;

async function reports(hub: Hub): Promise<number> {
  const text = await (await fetch(`${hub.ready.admin}/metrics`)).text();
  return Number(/^imprimatur_hub_reports_total (\d+)$/m.exec(text)?.[1]);
}

test("a clock that is set an hour on and two back: nobody is offline, reports go on, logins and codes are good", async () => {
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  const papercut = await PaperCut.start();
  const { provider, customer, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "source.interval": "1s" });
  const { code } = await provider.api.invite(await provider.api.makeSite(customer, "Branch"));
  const status = async () => (await provider.api.site(site.id)).status;
  await until("the site is ok", async () => (await status()) === "ok");
  const jumps = () => hub.program.stderr.match(/event=clock_jumped seconds=-?\d+/g)?.length ?? 0;
  let disk = 10;
  for (const hours of [1, 0, -1]) {
    const before = await reports(hub);
    const seen = jumps();
    hub.setClock(hours * HOUR_MS);
    papercut.change({ disk_used_percent: ++disk });
    const told = until("a new report is stored", async () => (await reports(hub)) > before);
    await always("it is not offline", async () => (await status()) !== "offline", told);
    await until("the connector is online", async () => (await c.status<{ online: boolean }>()).online);
    await until("the hub has said so once", () => jumps() === seen + 1);
    const fresh = new Api(hub.http());
    await fresh.login(provider.email, provider.password);
    expect((await offer(hub, code)).site).toBe("Branch");
  }
  hub.setClock(0);
});

test("a site that was not there when the clock was set on is offline after the grace, not at once", async () => {
  const hub = await Hub.start({ "poll.start_grace": "4s" });
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const status = async () => (await provider.api.site(site.id)).status;
  await until("the site is ok", async () => (await status()) === "ok");
  await c.program!.stop();
  hub.setClock(HOUR_MS);
  await until("the jump is seen", () => /event=clock_jumped/.test(hub.program.stderr));
  expect(await status()).not.toBe("offline");
  await until("it is offline", async () => (await status()) === "offline");
  hub.setClock(0);
});
