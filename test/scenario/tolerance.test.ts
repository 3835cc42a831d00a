/** Odd servers: each has a state of its own, and what was known of printers is not made zero by it. */
import { expect, test } from "vitest";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

async function world(scenario: Scenario) {
  const hub = await Hub.start();
  const papercut = await PaperCut.start(scenario);
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  const shown = () => provider.api.site(site.id);
  await until("the first report is there", async () => (await shown()).server !== null, 40_000);
  return { hub, provider, site, papercut, c, shown };
}

test("each odd answer has a state of its own, makes no false zero, and is over when it is over", async () => {
  const { papercut, c, shown } = await world({});
  const total = (await shown()).devices!.total;
  expect(total).toBeGreaterThan(0);
  const odd: [Scenario, Scenario, string][] = [
    [{ mode: "server_failure" }, { mode: "normal" }, "server_failure"],
    [{ mode: "failure_json" }, { mode: "normal" }, "server_failure"],
    [{ mode: "unhealthy" }, { mode: "normal" }, "unhealthy"],
    [{ mode: "unhealthy_verdict" }, { mode: "normal" }, "unhealthy"],
    [{ mode: "redirect" }, { mode: "normal" }, "redirect_configured"],
    [{ mode: "truncated" }, { mode: "normal" }, "unexpected_answer"],
    [{ mode: "truncated", odd_path: "/api/health/printers" }, { mode: "normal", odd_path: "/" }, "unexpected_answer"],
    [{ mode: "server_failure", odd_path: "/api/health/devices" }, { mode: "normal", odd_path: "/" }, "unexpected_answer"],
    [{ key: "0".repeat(32) }, { key: papercut.key }, "key_refused"],
  ];
  for (const [change, back, state] of odd) {
    papercut.change(change);
    await until(`the connector says ${state}`, async () => JSON.stringify(await c.status()).includes(state));
    await until("the hub shows that something is wrong", async () => (await shown()).status !== "ok");
    expect((await shown()).devices!.total).toBe(total);
    papercut.change(back);
    await until("all is well again", async () => (await shown()).status === "ok");
  }
});

test.each([
  ["old16", { profile: "old16" }],
  ["other spellings", { held_member: "heldJobsCountTotal", truth_form: "text", percent_form: "whole", in_error_form: "texts", ip_member: "IP" }],
] as [string, Scenario][])("a server of %s is read", async (_name, scenario) => {
  const { shown } = await world({ ...scenario, database: { status: "OK" } });
  const s = await until("it is ok", async () => {
    const now = await shown();
    return now.status === "ok" && now;
  });
  expect(s.licence).toMatchObject({ valid: true });
});

test("a server that has no devices and answers that oddly has told all with its printers", async () => {
  const { provider, site, shown } = await world({ product: "NG", mode: "server_failure", odd_path: "/api/health/devices" });
  await until("its printers are listed", async () => (await provider.api.devices(site.id)).total === 3);
  expect((await shown()).status).toBe("ok");
});

test("5,000 printers are all told", async () => {
  const { shown } = await world({ printers: [], devices: [], more_printers: 5000 });
  await until("they are counted", async () => (await shown()).devices!.total === 5000, 60_000);
});

test("R37 of 20,007 printers and devices 20,000 are listed and all are counted, and the page says so", { timeout: 180_000 }, async (ctx) => {
  needs(ctx, browserMissing());
  const { hub, provider, site, shown } = await world({ printers: [], devices: [], more_printers: 20_000, more_devices: 7 });
  await until("all are counted", async () => (await shown()).devices!.total === 20_007, 60_000);
  await until("as many are listed as can be", async () => (await provider.api.devices(site.id)).total === 20_000, 120_000);
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=devices`);
  await page.getByText("20,007 devices").waitFor();
  await page.getByText("Of these, 5,000 are listed").waitFor();
});

test("R37 of more devices than one report holds those that went while the connector was stopped are gone", { timeout: 120_000 }, async () => {
  const { provider, site, papercut, c } = await world({ printers: [], devices: [], more_printers: 4200 });
  const listed = async () => (await provider.api.devices(site.id)).total;
  await until("all are listed", async () => (await listed()) === 4200, 60_000);
  await c.program!.stop();
  papercut.change({ more_printers: 4100 });
  c.run();
  await until("a hundred are gone", async () => (await listed()) === 4100, 60_000);
});

test("R38 a subscription tells no end of support: it is unknown, not over", async () => {
  const { shown } = await world({ profile: "v24-subscription" });
  const { licence, reasons } = await shown();
  expect(licence).toMatchObject({ valid: true, support_days: null, support_ends_at: null });
  expect(reasons.map((r) => r.code)).not.toContain("support_ended");
});
