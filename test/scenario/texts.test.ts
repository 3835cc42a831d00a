/* The legal texts: found where they are needed, true in what can be tried, accepted where that is asked. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Api } from "../harness/api.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector, offer, sha256 } from "../harness/connector.ts";
import { Cups, cupsMissing } from "../harness/cups.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { root, tempDir } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const names = ["connector-agreement", "customer-leaflet", "data-security-and-privacy", "hub-terms", "privacy-policy"];
const languages = ["en", "fr", "de"];
/** The newest of each, by the files; what was released before stays readable. */
const newest = (name: string): number => Math.max(...readdirSync(join(root, "texts/legal", name)).map((f) => Number.parseInt(f, 10)));

test("R81 hub terms, connector agreement and privacy policy are distinct, versioned and bound to their fingerprint", async () => {
  const hub = await Hub.start();
  const anybody = new Api(hub.http());
  const list = await anybody.raw<{ items: { name: string; version: number }[] }>("GET", "/api/v1/texts");
  expect(list.body.items).toEqual(names.map((name) => ({ name, version: newest(name) })));
  const seen = new Set<string>();
  for (const name of names) {
    for (const language of languages) {
      const t = await anybody.text(name, language);
      const version = newest(name);
      expect(t).toMatchObject({ name, language, version, newest: version, sha256: sha256(t.text) });
      expect(t.text).toBe(readFileSync(join(root, "texts/legal", name, `${version}.${language}.md`), "utf8"));
      seen.add(t.sha256);
      const first = await anybody.raw<{ version: number; newest: number }>("GET", `/api/v1/texts/${name}?version=1&language=${language}`);
      expect(first.body).toMatchObject({ version: 1, newest: version });
    }
  }
  expect(seen.size).toBe(names.length * languages.length);
  expect((await anybody.raw("GET", "/api/v1/texts/hub-terms?version=3")).status).toBe(404);
});

test("R80 the privacy policy prevails, says so, and is linked from the login page and by the connector before it asks", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const says = { en: /prevails over every other document/, fr: /prévaut sur tout autre document/, de: /geht jedem anderen Dokument des Produkts vor/ };
  const link = { en: "Privacy policy", fr: "Politique de confidentialité", de: "Datenschutzerklärung" };
  for (const language of ["en", "fr", "de"] as const) {
    const page = await openPage(hub, { language });
    await page.goto("/login");
    await page.getByRole("link", { name: link[language], exact: true }).click();
    await page.waitForURL((u) => u.pathname === "/legal/privacy-policy");
    await until("the policy is shown", async () => says[language].test(await page.locator("main").innerText()));
  }
  const { provider, site } = await newSite(hub);
  const c = new Connector(hub);
  const { code } = await provider.api.invite(site);
  const r = await c.enroll(code, {}, undefined, `${code}\nno\n`);
  expect([r.code, c.enrolled]).toEqual([3, false]);
  for (const name of ["privacy-policy", "customer-leaflet"]) expect(r.stdout).toContain(`${hub.url}/legal/${name}`);
});

test("R10 R79 leaflet and the document on security are read by anybody, on the page and in all languages", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const page = await openPage(hub);
  await page.goto("/login");
  await page.getByRole("link", { name: "Legal texts" }).click();
  await page.getByRole("link", { name: "For customers: your data, your switches" }).click();
  const text = () => page.locator("main").innerText();
  await until("the leaflet is shown", async () => /What is never collected/.test(await text()));
  await page.locator("select").first().selectOption("fr");
  await until("in French", async () => /Ce qui n’est jamais collecté/.test(await text()));
  await page.goto("/legal/data-security-and-privacy");
  await until("the document is shown", async () => /Rôles selon le RGPD/.test(await text()));
  await page.goto("/legal/no-such-text");
  await until("there is no such text", () => page.getByText("Page introuvable").isVisible());
});

test("R11 nobody uses the hub before accepting its terms: for the provider once, and each user again", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const first = await hub.newcomer();
  const refused = await first.api.raw("GET", "/api/v1/sites");
  expect([refused.status, refused.body.code]).toEqual([403, "terms_required"]);
  expect((await first.api.terms("fr")).text).toMatch(/ACME Print[\s\S]*doit avoir le consentement du client/);

  const page = await openPage(hub);
  await page.goto("/sites?query=x");
  await page.waitForURL((u) => u.pathname === "/login");
  await logInOnly(page, first.email, first.password);
  await page.waitForURL((u) => u.pathname === "/terms");
  await until("the terms name provider and duty", async () =>
    /ACME Print must have the customer's consent/.test(await page.locator("main").innerText()));
  const yes = page.getByRole("button", { name: "Accept and continue" });
  await page.getByLabel("I accept these terms for myself").check();
  expect(await yes.isDisabled()).toBe(true);
  await page.getByLabel("I accept them for ACME Print").check();
  await yes.click();
  await page.waitForURL((u) => u.pathname === "/sites" && u.search === "?query=x");
  expect((await first.api.raw("GET", "/api/v1/sites")).status).toBe(200);
  const { terms } = await first.api.me();
  expect([terms.version, terms.accepted_at, terms.provider_accepted_at]).toEqual([newest("hub-terms"), expect.any(String), terms.accepted_at]);

  const second = await hub.newcomer();
  expect((await second.api.me()).terms).toMatchObject({ accepted_at: null, provider_accepted_at: terms.accepted_at });
  expect((await second.api.raw("GET", "/api/v1/sites")).status).toBe(403);
  await second.api.acceptTerms();
  expect((await second.api.raw("GET", "/api/v1/sites")).status).toBe(200);
  await logIn(await openPage(hub), second);
});

async function logInOnly(page: Awaited<ReturnType<typeof openPage>>, email: string, password: string): Promise<void> {
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[type="password"]').fill(password);
  await page.locator('button[type="submit"]').click();
}

test("R34 R39 R71 the public address as the hub sees it, product and version arrive; the customer is told the region", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start({ version: "22.0.4 (Build 65000)" });
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new Connector(hub);
  const r = await c.enroll(code, papercut.source, (await offer(hub, code)).agreement.sha256);
  expect(r.stdout).toMatch(/Region: +de\n/);
  c.run();
  const seen = await until("a report is there", async () => {
    const s = await provider.api.site(site.id);
    return s.server && s;
  });
  expect(seen.public_ip).toBe("127.0.0.1");
  expect(seen.server).toMatchObject({ product: "PaperCut MF", version: expect.stringMatching(/^22\.0\.4/) });
  expect(await c.command("status")).toMatchObject({ stdout: expect.stringContaining("Region: de") });
});

test("R42 R43 R44 R45 R46 R61 what is printed, by whom and from where leaves no trace at connector and hub", async (ctx) => {
  needs(ctx, cupsMissing());
  const hub = await Hub.start();
  const cups = await Cups.start();
  await cups.addPrinter("Front-desk");
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...cups.source, "source.interval": "1s" });
  await until("the queue is there", async () => (await provider.api.devices(site.id)).total === 1);

  // Held by a stopped queue, so that the job is there while the connector reads.
  await cups.disable("Front-desk");
  const document = join(tempDir(), "markerfile.txt");
  writeFileSync(document, "markercontent\n");
  await cups.admin("lp", "-U", "markeruser", "-d", "Front-desk", "-t", "markertitle", "-o", "raw", document);
  await until("the stopped queue was read", async () => {
    const { items } = await provider.api.devices(site.id);
    return items[0]!.state === "stopped" || items[0]!.reasons.includes("paused");
  });
  await cups.enable("Front-desk");
  await until("it was read again", async () => {
    const { items } = await provider.api.devices(site.id);
    return items[0]!.state !== "stopped" && !items[0]!.reasons.includes("paused");
  });
  const marker = /marker(file|content|user|title)/;
  for (const dir of [c.dir, join(hub.dir, "hub")])
    for (const [path, data] of hub.files(dir)) expect([path, marker.test(data.toString("latin1"))]).toEqual([path, false]);
  expect(marker.test(JSON.stringify(await provider.api.site(site.id)) + JSON.stringify(await provider.api.devices(site.id)))).toBe(false);
  expect(c.program!.stderr + hub.program.stderr).not.toMatch(marker);
  // The connector's records lie there in clear, so that a marker would have been found.
  expect([...hub.files(c.dir).values()].some((d) => d.includes("Front-desk"))).toBe(true);
});
