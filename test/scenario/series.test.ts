/* What a site did over time and what changed there, from a real connector to the page. */
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import type { SiteChange } from "../harness/api.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

async function world() {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ version: "22.0.4 (Build 65112)" });
  const { provider, site } = await newSite(hub, "Bindery");
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  return { hub, papercut, provider, site, c };
}

type Fact = SiteChange["facts"][number];

const factsOf = (items: SiteChange[], verb: string): Fact[] =>
  items.filter((c) => c.verb === verb).flatMap((c) => c.facts);

test("what changed at a site is told with what was before and after, and by whom", async () => {
  const { papercut, provider, site, c } = await world();
  const changes = async (query = "") => (await provider.api.siteChanges(site.id, query)).items;
  expect(factsOf(await changes(), "site_told")).toEqual([]); // a first report is no change
  papercut.change({
    version: "23.0.1 (Build 70001)",
    licence: { valid: true, support_days: 400 },
    more_printers: 2,
  });
  const told = await until("the reports' news are there", async () => {
    const facts = factsOf(await changes(), "site_told");
    return ["server_version", "support_ends", "devices_added"].every((n) => facts.some((f) => f.name === n)) && facts;
  });
  expect(told).toContainEqual({ name: "server_version", before: "22.0.4", after: "23.0.1" });
  expect(told).toContainEqual({ name: "devices_added", before: null, after: "2" });
  await until("the hub has confirmed the switches", () => c.permissionsTold() > 0);
  expect((await changes()).map((row) => row.verb)).not.toContain("permission_changed"); // as enrolling set them
  await c.command("permissions", "console", "ask");
  const permission = await until("the customer's hand is seen", async () =>
    (await changes()).find((row) => row.verb === "permission_changed"),
  );
  expect(permission).toMatchObject({ actor: { kind: "connector" } });
  expect(permission.facts).toEqual([{ name: "console", before: "off", after: "ask" }]);

  const all = await changes();
  expect(all.map((row) => row.seq)).toEqual(all.map((row) => row.seq).sort((a, b) => b - a));
  expect(all.find((row) => row.verb === "site_made")!.actor.name).toBeTruthy();
  const first = await provider.api.siteChanges(site.id, "?limit=2");
  const rest = await provider.api.siteChanges(site.id, `?cursor=${first.next_cursor}`);
  expect([...first.items, ...rest.items].map((row) => row.seq)).toEqual(all.map((row) => row.seq));
  expect(await changes(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
});

test("R5 another provider sees neither values nor changes of a site", async () => {
  const { hub, site } = await world();
  const other = await hub.provider("Other Print");
  for (const part of ["changes", "series?name=printers_total"])
    expect((await other.api.raw("GET", `/api/v1/sites/${site.id}/${part}`)).status).toBe(404);
});

test("what the customer had switched off is told apart from silence", async () => {
  const { provider, site, c } = await world();
  const chart = () => provider.api.series(site.id, "name=printers_total&step=1h");
  await until("there is a value", async () => (await chart()).buckets.length > 0);
  expect((await chart()).off_by_customer).toBe(0);
  await c.command("permissions", "monitoring", "off");
  await until("the time since counts", async () => (await chart()).off_by_customer > 0);
});

test("the page charts a year, with a table by the day, and says what changed", async (ctx) => {
  needs(ctx, browserMissing());
  const { hub, papercut, provider, site } = await world();
  papercut.change({ version: "23.0.1 (Build 70001)" });
  await until("the version has changed", async () =>
    factsOf((await provider.api.siteChanges(site.id)).items, "site_told").length > 0);
  const page = await openPage(hub);
  const text = () => page.locator("main").innerText();
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}`);
  await page.getByRole("link", { name: "1 year" }).click();
  await page.waitForURL((u) => u.searchParams.get("period") === "365d");
  await until("it says how its days are counted", async () => /midnight UTC/.test(await text()));
  await page.getByRole("link", { name: "Show as table" }).click();
  await page.waitForURL((u) => u.searchParams.get("view") === "table");
  await until("the table has what a day did", () => page.getByRole("columnheader", { name: "Mean" }).isVisible());
  expect(await complaints(page, "chart as a table")).toEqual([]);
  await page.getByRole("link", { name: "Changes" }).click();
  await page.waitForURL((u) => u.searchParams.get("tab") === "changes");
  await until("it says the versions", async () => /22\.0\.4 → 23\.0\.1/.test(await text()));
  await page.getByRole("link", { name: "30 days" }).click();
  await page.waitForURL((u) => u.searchParams.get("since") === "30d");
  await until("the customer's consent is there", async () => /agreement/i.test(await text()));
  expect(await complaints(page, "changes")).toEqual([]);
  const shots = process.env["IMPRIMATUR_SHOTS"];
  if (shots) await page.screenshot({ path: `${shots}/changes.png`, fullPage: true });
});
