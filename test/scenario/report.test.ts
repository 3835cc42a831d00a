/* The main job: what a real print server is in, as its provider sees it. */
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

test("R31 a PaperCut server's health arrives, and a broken database makes the site an error", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({
    version: "22.0.4 (Build 65000)",
    printers: [{ name: "prn01\\HP-1F", status: "OK" }],
    devices: [{ name: "mfd-2f", type: "Ricoh", status: "OK" }],
  });
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const seen = await until("the first report is there", async () => {
    const s = await provider.api.site(site.id);
    return s.server && s;
  });
  expect(seen.server).toMatchObject({ product: expect.stringContaining("PaperCut"), version: expect.stringContaining("22.0.4") });
  expect(seen.status).toBe("ok");
  expect(seen.health!.components.find((p) => p.kind === "database")).toMatchObject({ state: "ok" });
  expect(seen.connector).toMatchObject({ spooled: 0, copied: false });
  expect(seen.public_ip).toBe("127.0.0.1");
  expect(Math.abs(seen.connector!.clock_skew_ms ?? 0)).toBeLessThan(2_000);

  papercut.change({ database: { status: "ERROR" } });
  const broken = await until(
    "the site is an error",
    async () => {
      const s = await provider.api.site(site.id);
      return s.status === "error" && s;
    },
    40_000,
  );
  expect(broken.reasons.map((r) => r.component)).toContain("database");
  expect((await c.command("ledger")).stdout).not.toBe("");
});

test("R49 neither server names nor addresses leave the site with a printer's name", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ printers: [{ name: "prn01\\HP-1F", status: "TONER_LOW" }] });
  const { provider, site } = await newSite(hub);
  await Connector.forSite(hub, provider, site, papercut.source);
  const devices = await until("the device is there", async () => {
    const page = await provider.api.devices(site.id);
    return page.items.length > 0 && page;
  });
  expect(JSON.stringify(devices)).not.toContain("prn01");
  expect(devices.items.map((d) => d.label)).toContain("HP-1F");
});

test("R1 the true state of a real CUPS queue is seen within 15 s of its change", async (ctx) => {
  needs(ctx, cupsMissing());
  const hub = await Hub.start();
  const cups = await Cups.start();
  await cups.addPrinter("Front-desk");
  const { provider, site } = await newSite(hub, "Workshop");
  await Connector.forSite(hub, provider, site, cups.source);
  const device = () => provider.api.devices(site.id).then((p) => p.items.find((d) => d.label === "Front-desk"));
  expect(await until("the queue is there", device)).toMatchObject({ state: "idle", accepting_jobs: true });

  await cups.disable("Front-desk");
  const stopped = await until(
    "the queue is stopped",
    async () => {
      const d = await device();
      return d?.state === "stopped" && d;
    },
    15_000,
  );
  expect(stopped.reasons).toContain("paused");
  await cups.enable("Front-desk");
  await until("the queue is idle again", async () => (await device())?.state === "idle", 15_000);
});

test("a queue that is removed is gone here too", async (ctx) => {
  needs(ctx, cupsMissing());
  const hub = await Hub.start();
  const cups = await Cups.start();
  await cups.addPrinter("Front-desk");
  await cups.addPrinter("Back-office");
  const { provider, site } = await newSite(hub, "Workshop");
  await Connector.forSite(hub, provider, site, cups.source);
  const labels = async () => (await provider.api.devices(site.id)).items.map((d) => d.label).sort();
  await until("both queues are there", async () => (await labels()).length === 2);
  await cups.remove("Back-office");
  await until("one queue is left", async () => (await labels()).join() === "Front-desk");
});

test("what waits at a site is shown until all of it has come, and then no longer", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new HandConnector(hub);
  await c.enroll(code, await offer(hub, code));
  const waiting = async () => (await provider.api.site(site.id)).connector?.spooled;
  const [first, second, newest] = [c.next(), c.next(), c.next({}, 2)];
  expect((await c.report(newest)).body).toMatchObject({ acked: 0, ranges: [{ from: 3, to: 3 }] });
  expect(await waiting()).toBe(2);
  await c.report(first);
  expect(await waiting()).toBe(2);
  expect((await c.report(second)).body).toMatchObject({ acked: 3, ranges: [] });
  expect(await waiting()).toBe(0);
});
