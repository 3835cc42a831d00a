/** Licences of all customers in one place: what each server, customer and provider says of them, what ends when, and what a
 * provider may write down. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Site } from "../harness/api.ts";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, look, openPage } from "../harness/browser.ts";
import { Connector, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const dayMs = 86_400_000;
const rows = "tr[data-index]:has(a)";
const dayIn = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);

interface End {
  at: string;
  days: number;
  origin: string;
}
interface Stated {
  value: string;
  origin: string;
}
interface Entry {
  organisation: string | null;
  customer_reference: string | null;
  support_ends_on: string | null;
  licence_ends_on: string | null;
  note: string | null;
  revision: number;
  edited_by: string | null;
}
interface Licence {
  valid: boolean | null;
  organisation: Stated | null;
  customer_reference: Stated | null;
  support_end: End | null;
  licence_end: End | null;
  seats: { kind: string; used: number | null; licensed: number | null }[];
  provider: Entry | null;
}
interface Licences {
  items: { id: string; name: string; customer: { name: string }; server: { product: string; version: string } | null; licence: Licence | null }[];
  total: number;
  renewals: Record<string, number>;
  next_cursor: string | null;
}

async function licences(provider: Provider, query = ""): Promise<Licences> {
  const { status, body } = await provider.api.raw<Licences>("GET", `/api/v1/licences${query}`);
  expect(status).toBe(200);
  return body;
}

const licenceOf = async (provider: Provider, site: Site) => (await provider.api.site(site.id)).licence as unknown as Licence | null;

function write(provider: Provider, site: { id: string }, entry: Partial<Entry>, revision = 0) {
  return provider.api.raw<Entry & { code?: string }>("PUT", `/api/v1/sites/${site.id}/licence`, { ...entry, revision });
}

/** A site with a PaperCut server that says that of its licence. */
async function served(hub: Hub, provider: Provider, site: Site, licence: Scenario["licence"], source: Source = {}) {
  const papercut = await PaperCut.start({ devices: [], printers: [], licence });
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...source });
  await until("the licence is told", async () => (await licenceOf(provider, site))?.valid != null);
  return { papercut, c };
}

test("R4: R38: all licence data of every customer are in one list, each value with who says so, and what nobody says is unknown", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const bare = await provider.api.makeSite(await provider.api.makeCustomer("Bare Works"), "Annex");
  await served(hub, provider, site, { valid: true, support_days: 45, users: { used: 812, licensed: 1000 }, devices: { used: 12, licensed: 15 } }, {
    "licence.organisation": "Example Works Ltd",
    "licence.customer_reference": "CRN-0815",
  });
  const other = await hub.provider("Other Print");

  const { items, total, renewals } = await until("the list knows it", async () => {
    const list = await licences(provider);
    return list.items[0]?.licence && list;
  });
  expect(total).toBe(2);
  expect(renewals).toEqual({ ended: 0, within_30: 0, within_60: 1, within_90: 0, later: 0, unknown: 1 });
  expect(items[0]).toMatchObject({
    id: site.id,
    customer: { name: "Example Works" },
    server: { product: "PaperCut MF/NG" },
    licence: {
      valid: true,
      organisation: { value: "Example Works Ltd", origin: "customer" },
      customer_reference: { value: "CRN-0815", origin: "customer" },
      support_end: { days: 45, origin: "server" },
      licence_end: null,
      seats: expect.arrayContaining([
        { kind: "users", used: 812, licensed: 1000 },
        { kind: "devices", used: 12, licensed: 15 },
      ]) as Licence["seats"],
      provider: null,
    },
  });
  expect(items[1]).toMatchObject({ id: bare.id, licence: null });
  expect((await licences(provider, "?query=crn-0815")).items.map((i) => i.id)).toEqual([site.id]);
  expect((await licences(provider, "?renewal=unknown")).items.map((i) => i.id)).toEqual([bare.id]);
  expect((await licences(provider, "?renewal=within_30,within_60")).items.map((i) => i.id)).toEqual([site.id]);
  expect((await licences(other)).total).toBe(0);
});

test("R4: what the provider writes down counts where nobody else says anything, and replaces no word of server or customer", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await served(hub, provider, site, { valid: true, support_days: 200 }, { "licence.organisation": "Example Works Ltd" });
  const entry = {
    organisation: "Examples Works Holding",
    customer_reference: "CRN-4711",
    support_ends_on: dayIn(20),
    licence_ends_on: dayIn(70),
    note: "Renews with the lease",
  };
  const written = await write(provider, site, entry);
  expect(written).toMatchObject({ status: 200, body: { ...entry, revision: 1 } });

  const licence = await until("the list knows it", async () => {
    const l = (await licences(provider)).items[0]!.licence;
    return l?.provider && l;
  });
  expect(licence).toMatchObject({
    organisation: { value: "Example Works Ltd", origin: "customer" },
    customer_reference: { value: "CRN-4711", origin: "provider" },
    support_end: { days: 200, origin: "server" },
    licence_end: { days: 70, origin: "provider" },
    provider: entry,
  });
  expect(licence.provider!.edited_by).toBeTruthy();
  const { items } = await provider.api.siteChanges(site.id);
  const change = items.find((c) => c.verb === "site_licence_written")!;
  expect(change.facts).toContainEqual({ name: "entered_reference", before: null, after: "CRN-4711" });
  // Two at once: the second has not read what the first wrote.
  expect(await write(provider, site, { note: "mine" })).toMatchObject({ status: 409, body: { code: "edited" } });
  // What is taken back is unknown again.
  expect((await write(provider, site, {}, 1)).status).toBe(200);
  await until("its word does not count any more", async () => (await licences(provider)).items[0]!.licence!.licence_end === null);
  expect((await licences(provider)).items[0]!.licence).toMatchObject({ customer_reference: null, support_end: { origin: "server" } });
});

test("R4: R38: the rules for support and licence go by the provider's dates where the server tells none", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await served(hub, provider, site, { valid: true });
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  const codes = async () => (await provider.api.site(site.id)).reasons.map((r) => `${r.code} ${r.value as number}`);

  expect((await write(provider, site, { support_ends_on: dayIn(20) })).status).toBe(200);
  await until("the end is near", async () => (await codes()).includes("support_ending 20"));
  expect((await provider.api.site(site.id)).status).toBe("warning");
  expect((await write(provider, site, { licence_ends_on: dayIn(-2) }, 1)).status).toBe(200);
  await until("the licence has ended", async () => (await codes()).join() === "licence_ended -2");
  expect((await provider.api.site(site.id)).status).toBe("error");
  expect((await write(provider, site, {}, 2)).status).toBe(200);
  await until("nothing is known again, which is no trouble", async () => (await provider.api.site(site.id)).status === "ok");
});

test("R4: the list of licences is searched, filtered and sorted in its address, and saved as a file that is no formula", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const evil = await provider.api.makeSite(await provider.api.makeCustomer('=HYPERLINK("http://x")'), "-1+1");
  for (let i = 0; i < 250; i++) {
    const many = await provider.api.makeSite({ id: evil.customer.id, name: "" }, `Site ${String(i).padStart(3, "0")}`);
    if (i < 3) expect((await write(provider, many, { support_ends_on: dayIn(100 + i) })).status).toBe(200);
  }
  expect((await write(provider, site, { organisation: "Example Works Ltd", support_ends_on: dayIn(12) })).status).toBe(200);
  expect((await write(provider, evil, { organisation: "@SUM(A1)", licence_ends_on: dayIn(-3), note: "one\ntwo" })).status).toBe(200);

  const page = await openPage(hub, { width: 1440 });
  await logIn(page, provider);
  await page.getByRole("link", { name: "Licences" }).click();
  await until("the list is whole", async () => (await page.locator("table").getAttribute("aria-rowcount")) === "253");
  await until("what has ended is first", async () => /ended/.test(await page.locator(rows).first().innerText()));
  expect(await page.locator(rows).nth(1).innerText()).toMatch(/Example Works Ltd[^]*12 d/);
  expect(await page.locator(rows).nth(1).getByRole("img", { name: "us" }).count()).toBe(2);
  expect(await page.locator(rows).last().innerText()).toMatch(/unknown/);
  expect(await complaints(page, "licences")).toEqual([]);
  await look(page, "licences-1440");

  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  const csv = readFileSync(await (await downloaded).path(), "utf8");
  expect(csv.split("\r\n")).toHaveLength(1 + 252 + 1);
  expect(csv).toContain(`"'=HYPERLINK(""http://x"")",'-1+1,ended or invalid,`);
  expect(csv).toContain(",'@SUM(A1),stated by the provider,");
  expect(csv).toContain(`${dayIn(-3)},-3,stated by the provider,`);
  expect(csv).toContain('"one\ntwo"');
  expect(csv).not.toMatch(/(^|,)"?[=@]/m);

  await page.getByRole("button", { name: /^within 60 days/ }).click();
  await until("one ends within 60 days", async () => (await page.locator(rows).count()) === 1);
  expect(new URL(page.url()).searchParams.get("renewal")).toBe("within_30,within_60");
  await page.goto("/licences?renewal=later&sort=-support_end");
  await until("three end later", async () => (await page.locator(rows).count()) === 3);
  expect(await page.locator(rows).first().innerText()).toContain("Site 002");
  await page.getByRole("button", { name: "Customer / site" }).click();
  await until("they are sorted by customer", async () => /Site 000/.test(await page.locator(rows).first().innerText()));
  expect(new URL(page.url()).searchParams.get("sort")).toBe("customer");
  await page.goto("/licences?query=works%20ltd");
  await until("it is found by its organisation", async () => (await page.locator(rows).count()) === 1);
});

test("R4: on a site's page a provider writes down what it knows, loses nothing typed, and sees both words", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await served(hub, provider, site, { valid: true, support_days: 200 });

  const page = await openPage(hub, { width: 1440 });
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=licence`);
  await page.getByRole("button", { name: "Write it down" }).click();
  await page.getByLabel("Organisation").fill("Example Works Ltd");
  await page.getByLabel("Maintenance and support end on").fill(dayIn(90));
  await page.reload();
  const typed = () => until("what was typed is there", async () => (await page.getByLabel("Organisation").inputValue()) === "Example Works Ltd");
  await typed();
  expect((await write(provider, site, { note: "theirs" })).status).toBe(200);
  await page.getByText("Somebody has changed the entry").waitFor();
  await typed();
  expect(await complaints(page, "licence entry")).toEqual([]);
  await page.getByRole("button", { name: "Save mine in its place" }).click();
  await page.getByRole("button", { name: "Change the entry" }).waitFor();
  await until("both dates are shown, each with its origin", async () =>
    /200 days left \([^)]*\)\s*read from the server\s*[^]*stated by the provider/.test(await page.locator("#licence + *, section[aria-labelledby=licence]").first().innerText()),
  );
  expect(await licenceOf(provider, site)).toMatchObject({
    organisation: { value: "Example Works Ltd", origin: "provider" },
    provider: { support_ends_on: dayIn(90), note: null, revision: 2 },
  });
  await look(page, "licence-tab");
});
