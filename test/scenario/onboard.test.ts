/* From an empty provider to a connected site, by what a reseller and a customer see in the browser. */
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, hasText, logIn, look, openPage } from "../harness/browser.ts";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { root, tempDir } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** What axe-core calls serious or worse, as "rule: where". */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(join(root, "web/node_modules/axe-core/axe.min.js"), "utf8"));
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).join(", ")))`);
}

test("R7 R13 from an empty list to first data by clicks, and with what the pages show", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const provider = await hub.provider();
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.locator("main").getByRole("link", { name: "Add a site" }).last().click();
  await page.waitForURL((u) => u.pathname === "/add");
  await page.getByLabel("Customer", { exact: true }).fill("Brown & Sons");
  await page.locator('select[name="language"]').selectOption("fr");
  await page.getByLabel("Site", { exact: true }).fill("HQ");
  await look(page, "add");
  expect(await faults(page)).toEqual([]);
  await page.getByRole("button", { name: "Add and invite" }).click();
  const code = await page.locator("output").innerText();
  expect(code).toMatch(/^DE(-[0-9A-Z]{4}){4}-[0-9A-Z]{2}$/);
  await hasText(page, /Brown & Sons[\s\S]*souhaite surveiller|souhaite surveiller[\s\S]*Brown & Sons/);
  await look(page, "invitation");
  expect(await faults(page)).toEqual([]);
  expect(await page.getByRole("link", { name: "Write an e-mail" }).getAttribute("href")).toContain(encodeURIComponent(`${hub.url}/install#${code}`));

  // The customer, who has no login.
  const customer = await openPage(hub, { language: "de" });
  const asked: string[] = [];
  customer.on("request", (r) => asked.push(r.url()));
  await customer.goto(`/install#${code}`);
  await hasText(customer, /ACME Print lädt Sie ein[\s\S]*Brown & Sons[\s\S]*HQ[\s\S]*Deutschland/);
  const { agreement } = await offer(hub, code, "de");
  await hasText(customer, new RegExp(agreement.sha256));
  await hasText(customer, new RegExp(`enroll --dir /var/lib/imprimatur-connector --hub ${hub.url}`));
  expect(asked.filter((u) => u.includes(code.slice(3, 12)))).toEqual([]);
  await look(customer, "install");
  expect(await faults(customer)).toEqual([]);

  const c = new Connector(hub);
  // The harness enrols in English: the text of that language is accepted, by what its page shows.
  await customer.locator("select").first().selectOption("en");
  await hasText(customer, /ACME Print invites you/);
  const sha256 = await customer.locator("code").filter({ hasText: /^[0-9a-f]{64}$/ }).innerText();
  expect((await c.enroll(code, papercut.source, sha256)).code).toBe(0);
  c.run();
  await page.getByRole("link", { name: "Open the site" }).click();
  await page.waitForURL((u) => u.pathname.startsWith("/sites/"));
  await hasText(page, /PaperCut MF/);

  await customer.reload();
  await hasText(customer, /used already/);
  await look(customer, "used");
  expect(await faults(customer)).toEqual([]);
});

test("R7 the page hands out the package with its sum, without a login; without one it says so", async (ctx) => {
  needs(ctx, browserMissing());
  const name = "imprimatur-connector_0.1.0_amd64.deb";
  const content = randomBytes(3 << 20);
  const sum = createHash("sha256").update(content).digest("hex");
  const folder = tempDir();
  writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, "SHA256SUMS"), `${sum}  ${name}\n`);
  const hub = await Hub.start({ packages_dir: folder });
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  for (const [language, width, scheme, words] of [
    ["en", 390, "dark", /Debian 12, amd64: version 0\.1\.0, 3 MB/],
    ["fr", 1280, "light", /Debian 12, amd64\s: version 0\.1\.0, 3 Mo/],
    ["de", 390, "light", /Debian 12, amd64: Version 0\.1\.0, 3 MB/],
  ] as const) {
    const page = await openPage(hub, { language, width, scheme });
    await page.goto(`/install#${code}`);
    await hasText(page, words);
    await hasText(page, new RegExp(`curl -fLO ${hub.url}/packages/${name} &&\\s+echo "${sum}  ${name}" \\| sha256sum -c &&\\s+apt install ./${name}`));
    await look(page, `package-${language}-${width}-${scheme}`);
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    if (language !== "en") continue;
    const arrived = page.waitForEvent("download");
    await page.getByRole("link", { name }).click();
    expect(readFileSync(await (await arrived).path()).equals(content)).toBe(true);
  }

  // What came another way since: the sum does not fit any more.
  appendFileSync(join(folder, name), "!");
  await hub.program.stop();
  await hub.serve();
  const page = await openPage(hub);
  await page.goto(`/install#${code}`);
  await hasText(page, /hands out no package[\s\S]*apt install \.\/imprimatur-connector_\*\.deb/);
  await look(page, "package-none");
  expect(await faults(page)).toEqual([]);
});

test("R12 unknown, mistyped, withdrawn and expired codes each get their own answer", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const page = await openPage(hub);
  await page.goto("/install");
  await page.getByLabel("Enrolment code").fill("de 1234");
  await page.getByRole("button", { name: "Show the invitation" }).click();
  await hasText(page, /mistyped/);
  expect(await page.getByLabel("Enrolment code").inputValue()).toBe("de 1234");
  await page.goto("/install#DE-04HM-ASW9-NF6Y-Y4HM-WQ");
  await hasText(page, /is not known/);
  const gone = await provider.api.invite(site);
  await provider.api.revokeInvitation(site, gone);
  await page.goto(`/install#${gone.code}`);
  await hasText(page, /has been revoked/);
  const late = await provider.api.invite(site, 1);
  hub.setClock(2 * 24 * 3600_000);
  await page.goto(`/install#${late.code}`);
  await hasText(page, /has expired/);
  await page.goto("/install#");
  for (let i = 0; i < 100; i++) await hub.http().json("POST", "/c/v1/invitation", { code: late.code, language: "en" });
  await page.goto(`/install#${late.code.toLowerCase()}`);
  await hasText(page, /too many requests/);
});

test("R7 an open invitation is in the list with its expiry, can be withdrawn; a connector is replaced and revoked by name", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub, "Depot");
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=connector`);
  await page.getByRole("button", { name: "Invite" }).click();
  await page.locator("output").waitFor();
  await look(page, "site-invited");
  expect(await faults(page)).toEqual([]);
  await page.goto("/sites?status=never_connected");
  await hasText(page, /Depot[\s\S]*Invited, until/);
  await look(page, "list");
  await page.goto(`/sites/${site.id}?tab=connector`);
  await page.getByRole("button", { name: "Withdraw the invitation" }).click();
  await until("it is withdrawn", async () => ((await provider.api.site(site.id)) as { invitation?: unknown }).invitation === null);

  await Connector.forSite(hub, provider, site, papercut.source);
  await page.getByRole("button", { name: "Invite a replacement" }).waitFor();
  await page.getByRole("button", { name: /^Revoke the connector/ }).click();
  const yes = page.getByRole("button", { name: "Revoke the connector", exact: true });
  await page.getByLabel(/Type the site’s name/).fill("Depo");
  expect(await yes.isDisabled()).toBe(true);
  await page.getByLabel(/Type the site’s name/).fill("Depot");
  await look(page, "revoke");
  expect(await faults(page)).toEqual([]);
  await yes.click();
  await hasText(page, /Revoked/);
  expect((await provider.api.site(site.id)).status).toBe("revoked");
});

test("what was typed stays when adding fails, and trying again makes nothing twice", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const provider = await hub.provider();
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto("/add");
  await page.getByLabel("Customer", { exact: true }).fill("Klinikum Süd");
  await page.getByLabel("Site", { exact: true }).fill("Haus B");
  await page.route("**/invitations", (route) => route.abort());
  await page.getByRole("button", { name: "Add and invite" }).click();
  await hasText(page, /hub does not answer/);
  expect(await page.getByLabel("Site", { exact: true }).inputValue()).toBe("Haus B");
  await page.unroute("**/invitations");
  await page.getByRole("button", { name: "Add and invite" }).click();
  await page.locator("output").waitFor();
  expect((await provider.api.sites()).total).toBe(1);
  expect((await provider.api.raw<{ total: number }>("GET", "/api/v1/customers")).body.total).toBe(1);
});

test("invitation and install pages in three languages, dark and light, wide and on a phone", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  for (const [language, width, scheme] of [["en", 390, "dark"], ["fr", 1440, "dark"], ["de", 390, "light"]] as const) {
    const page = await openPage(hub, { language, width, scheme });
    await page.goto(`/install#${code}`);
    await hasText(page, /ACME Print/);
    await look(page, `install-${language}-${width}-${scheme}`);
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await logIn(page, provider);
    await page.goto(`/sites/${site.id}?tab=connector`);
    await page.locator("section button").first().click();
    await page.locator("output").waitFor();
    await look(page, `invite-${language}-${width}-${scheme}`);
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  }
});
