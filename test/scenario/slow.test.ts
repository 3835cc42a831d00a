/* Print servers that answer too late: a state of its own, and nothing else waits for them. */
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { drip } from "../harness/drip.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { SettingsPage } from "../harness/settings.ts";
import { until } from "../harness/until.ts";

type Place = Awaited<ReturnType<typeof newSite>>;

/** A call to the print server is given up after 20 s. */
const GIVEN_UP_MS = 35_000;

async function tooSlow(hub: Hub, { provider, site }: Place, scenario: Scenario, address: (url: string) => Promise<string>): Promise<void> {
  const papercut = await PaperCut.start(scenario);
  const url = await address(papercut.url);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "source.papercut.url": url });
  const shown = () => provider.api.site(site.id);
  const status = () => c.status<{ online: boolean }>();

  // While it waits: the line, the page, the switches and the hub's commands.
  const page = await SettingsPage.open(c);
  await until("it is online", async () => (await status()).online, 10_000);
  await page.turn("mfp", "ask");
  await until("the hub knows of the switch", async () => (await shown()).permissions?.mfp === "ask", 5_000);
  expect((await provider.api.raw("POST", `/api/v1/sites/${site.id}/refresh`)).status).toBe(202);
  await until("a command gets through", () => /event=command kind=report_now/.test(c.program!.stderr), 5_000);
  expect(c.program!.stderr).not.toContain("event=source_down");

  await until("the connector says that it is too slow", async () => JSON.stringify(await status()).includes("too_slow"), GIVEN_UP_MS);
  await until("so does the hub", async () => (await shown()).reasons.some((r) => r.code === "too_slow"));
  expect((await shown()).status).toBe("warning");
  expect((await status()).online).toBe(true);
  if (!scenario.delay_ms) return;
  papercut.change({ delay_ms: 0 });
  await until("it is over when it is over", async () => (await shown()).status === "ok", GIVEN_UP_MS);
}

test("a server that answers after 21 s, after 70 s or one octet a second is too slow, and nothing else waits for it", { timeout: 120_000 }, async () => {
  const hub = await Hub.start();
  const direct = async (url: string) => url;
  const [late, later, dripping] = [await newSite(hub), await newSite(hub), await newSite(hub)];
  await Promise.all([
    tooSlow(hub, late, { delay_ms: 21_000 }, direct),
    tooSlow(hub, later, { delay_ms: 70_000 }, direct),
    tooSlow(hub, dripping, {}, drip),
  ]);
});
