/* R78: all that the hub holds on a site, as a file for the customer. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, logIn, look, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Named } from "../harness/api.ts";
import { PaperCut } from "../harness/papercut.ts";
import { forms } from "../harness/search.ts";
import { SUFFIX } from "../harness/session.ts";
import { needs } from "../harness/skip.ts";
import { MailSink } from "../harness/smtp.ts";
import { query, sqliteMissing } from "../harness/store.ts";
import { until } from "../harness/until.ts";

interface Line {
  table?: string;
  export?: string;
  rows?: number;
  left_out?: { table: string; column?: string; why: string }[];
  content?: Record<string, unknown>;
  [column: string]: unknown;
}

function linesOf(text: string): Line[] {
  expect(text.endsWith("\n")).toBe(true);
  return text.trimEnd().split("\n").map((l) => JSON.parse(l) as Line);
}

const pathOf = (site: Named) => `/api/v1/sites/${site.id}/export`;

async function exportOf(provider: Provider, site: Named): Promise<{ text: string; lines: Line[] }> {
  const a = await provider.api.raw("GET", pathOf(site));
  expect(a.status).toBe(200);
  expect(a.headers["content-type"]).toBe("application/x-ndjson");
  expect(a.headers["content-disposition"]).toBe(`attachment; filename="${site.id}.ndjson"`);
  expect(a.headers["cache-control"]).toBe("no-store");
  return { text: a.text, lines: linesOf(a.text) };
}

/** One who has asked and takes nothing yet. */
async function asked(hub: Hub, provider: Provider, site: Named): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const req = request(new URL(pathOf(site), hub.url), { ca: hub.ca, headers: { cookie: provider.api.http.cookieHeader } }, (res) => done(res.pause()));
    req.on("error", failed);
    req.end();
    onTestFinished(() => void req.destroy());
  });
}

/** What is typed and told of a site, each with a word of its own, in everything that the hub keeps. */
async function filled(hub: Hub, provider: Provider, customer: Named, mark: string) {
  const papercut = await PaperCut.start({
    version: "22.0.4 (Build 1)",
    printers: [{ name: `srv\\${mark}printer`, status: "OK" }],
    devices: [{ name: `${mark}device`, type: "Ricoh", status: "OK" }],
  });
  const site = await provider.api.makeSite(customer, `${mark}site`);
  const licence = { "licence.organisation": `${mark}organisation`, "licence.customer_reference": `${mark}reference` };
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...licence });
  await until("both devices are there", async () => (await provider.api.devices(site.id)).total >= 2);
  const put = async (what: string, body: object) => expect((await provider.api.raw("PUT", `/api/v1/sites/${site.id}/${what}`, body)).status).toBe(200);
  await put("note", { text: `${mark}oldnote`, revision: 0 });
  await put("note", { text: `${mark}note`, revision: 1 });
  await put("licence", { organisation: `${mark}entry`, customer_reference: "", support_ends_on: "2031-05-06", licence_ends_on: "", note: `${mark}entrynote`, revision: 0 });
  await provider.api.setRules([{ name: "disk_low", threshold: 7 }], site);
  await c.command("permissions", "console", "ask");
  await until("the hub knows the switch", async () => (await provider.api.site(site.id)).permissions?.console === "ask");
  const visit = await provider.api.raw("POST", `/api/v1/sites/${site.id}/sessions`, { target: "console", reason: `${mark}reason` });
  expect(visit.status).toBe(201);
  const { code } = await provider.api.inviteByMail(site, `${mark}it@example.test`);
  return { site, connector: c, code };
}

const marks = ["site", "printer", "device", "organisation", "reference", "oldnote", "note", "entry", "entrynote", "reason", "it@example.test"];

async function world() {
  const sink = await MailSink.start(); // which does not listen: the mail waits, its code in it
  const hub = await Hub.start({ console_suffix: SUFFIX, ...sink.options() });
  const provider = await hub.provider();
  const customer = await provider.api.makeCustomer("zzcustomer");
  return { hub, provider, customer, mine: await filled(hub, provider, customer, "zzmine") };
}

test("R78 all that the hub holds on a site is in its export, no secret is, and nothing of another site", async (ctx) => {
  needs(ctx, sqliteMissing());
  const { hub, provider, customer, mine } = await world();
  const other = await filled(hub, provider, customer, "zzother");
  const { text, lines } = await exportOf(provider, mine.site);

  expect(marks.filter((m) => !text.includes(`zzmine${m}`))).toEqual([]);
  expect(text).toContain("zzcustomer");
  expect(text).not.toContain("zzother");
  for (const id of [other.site.id, other.code]) expect(text).not.toContain(id);

  // A command is there only as long as it waits for its answer.
  const tables = ["change", "connector", "connector_key", "consent", "customer", "device", "invitation", "licence_entry", "mail", "note", "report", "rule_override", "series", "session", "site", "site_state"];
  expect([...new Set(lines.flatMap((l) => l.table ?? []))].filter((t) => t !== "command").sort()).toEqual(tables);
  const of = (table: string) => lines.filter((l) => l.table === table);
  expect(of("device")).toHaveLength(2);
  expect(of("note")).toMatchObject([{ revision: 2, user_name: "Test User", content: { text: "zzminenote" } }]);
  expect(of("licence_entry")).toMatchObject([{ support_at: "2031-05-06T00:00:00.000Z" }]);
  expect(of("session")).toMatchObject([{ user_name: "Test User", content: { reason: "zzminereason" } }]);
  expect(of("connector")).toMatchObject([{ monitoring: "on", console: "ask", mfp: "off" }]);
  expect(of("site_state")).toMatchObject([{ status: expect.stringMatching(/^(ok|warning)$/) as string, content: { product: "PaperCut MF" } }]);
  expect(of("rule_override")).toMatchObject([{ rule: "disk_low", threshold: 7 }]);
  expect(of("consent")[0]!.content).toMatchObject({ language: "en", signature: expect.any(String) as string });
  // What was sent is there to the octet, with the call that signed it.
  const reports = of("report");
  expect(reports.length).toBeGreaterThan(0);
  for (const r of reports) {
    expect(JSON.parse(r.record as string)).toBeTypeOf("object");
    expect(r).toMatchObject({ call_signature: expect.stringMatching(/^[0-9a-f]{128}$/) as string });
  }
  // The history of what the customer allowed and of who had access, and that this file was made.
  const verbs = of("change").map((l) => l.verb);
  for (const verb of ["site_made", "consent_recorded", "permission_changed", "session_requested", "site_noted", "site_exported"]) expect(verbs).toContain(verb);
  expect((await provider.api.siteChanges(mine.site.id)).items[0]).toMatchObject({ verb: "site_exported", actor: { kind: "user", name: "Test User" } });

  // Whole, and it says what it leaves out.
  expect(lines[0]).toMatchObject({ export: "site", format: 1, site_id: mine.site.id });
  expect(lines[0]!.left_out!.length).toBeGreaterThan(10);
  expect(lines.at(-1)).toEqual({ export: "end", rows: lines.length - 2 });

  const [person] = await query(hub, "SELECT password, lower(hex(email_hash)) AS email FROM person");
  const [login] = await query(hub, "SELECT lower(hex(token_hash)) AS token FROM login ORDER BY created_ms DESC LIMIT 1");
  const hashes = await query(hub, "SELECT lower(hex(code_hash)) AS hash FROM invitation UNION SELECT lower(hex(label)) FROM session");
  const secrets = [provider.password, mine.code, mine.code.replaceAll("-", ""), ...provider.api.http.cookieHeader.split("; ").map((c) => c.split("=")[1]!), String(person!.password), String(person!.email), String(login!.token), ...hashes.map((h) => String(h.hash))];
  const key = readFileSync(join(mine.connector.dir, "key.pem"), "utf8").split("\n")[1]!;
  const octets = Buffer.from(text);
  expect([...secrets, key].filter((s) => s.length > 8 && forms(s).some((form) => octets.includes(form)))).toEqual([]);
});

/** Names of the members, and of those of their lists ("reasons.code"). */
function namesIn(content: Record<string, unknown>): string[] {
  return Object.entries(content).flatMap(([name, value]) => [
    name,
    ...(Array.isArray(value) ? value.flatMap((v) => (typeof v === "object" && v ? namesIn(v as Record<string, unknown>).map((m) => `${name}.${m}`) : [])) : []),
  ]);
}

test("R76 what is kept of a site has no field for a person but whom an invitation is mailed to", async () => {
  const { provider, mine } = await world();
  const { lines } = await exportOf(provider, mine.site);
  const members = new Map<string, Set<string>>();
  for (const l of lines) {
    const all = members.get(l.table ?? "") ?? new Set<string>();
    for (const name of namesIn(l.content ?? {})) all.add(name);
    if (l.content) members.set(l.table!, all);
  }
  // A member that is not here has to be thought about: whose words are they?
  const known: Record<string, string[]> = {
    change: ["after", "before", "from"],
    command: ["by", "reason"], // the provider's user, as the site is told; gone with the answer
    connector: ["os", "public_ip", "version"],
    consent: ["accepted", "base", "body", "language", "sha256", "signature", "version"],
    customer: ["language", "name"], // of the organisation
    device: ["label", "reasons"],
    licence_entry: ["customer_reference", "note", "organisation"],
    mail: ["to"], // contact data
    note: ["text"],
    session: ["reason", "target"],
    site: ["name"],
    // Of the print server; "terms", "parts" and "usage" are sections of a report, whose schema is closed (docs/data.md).
    site_state: ["product", "edition", "os", "version", "connector", "read_at", "started", "restarts", "disk", "memory", "connect"]
      .concat(["terms", "terms_at", "parts", "parts_at", "usage", "usage_at"])
      .concat(["components", ...["kind", "state", "code", "since", "total", "in_error"].map((m) => `components.${m}`)])
      .concat(["reasons", ...["code", "component", "status", "value", "threshold", "since", "rule", "origin", "detail"].map((m) => `reasons.${m}`)]),
  };
  for (const [table, names] of Object.entries(known)) expect({ table, unknown: [...(members.get(table) ?? [])].filter((n) => !names.includes(n)) }).toEqual({ table, unknown: [] });
  expect([...members.keys(), "command"].sort().filter((t, i, all) => t !== all[i - 1])).toEqual(Object.keys(known).sort());
});

/** Values of the site's first series, a minute apart. */
function manyValues(hub: Hub, site: Named, count: number): void {
  const [file] = [...hub.files()].find(([, octets]) => octets.subarray(0, 15).toString("latin1") === "SQLite format 3")!;
  execFileSync("sqlite3", [
    file,
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
       INSERT INTO series (provider_id, subject_id, series, at_ms, value) SELECT provider_id, site_id, 1, 60000 * i, i FROM site, n`,
  ]);
  expect(site.id).toMatch(/^site_/);
}

test("R78 a year of values costs the hub no more memory than a day, however slowly they are taken", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await hub.program.stop();
  manyValues(hub, site, 525_600);
  await hub.serve({ ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0:exitcode=99:quarantine_size_mb=1:allocator_release_to_os_interval_ms=500" });
  const rss_kb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${hub.program.child.pid!}/status`, "utf8"))![1]);
  await provider.api.site(site.id);

  const before = rss_kb();
  let most = 0;
  let octets = 0;
  let last = "";
  const res = await asked(hub, provider, site);
  expect(res.statusCode).toBe(200);
  // Nobody else waits for one who takes nothing.
  for (let i = 0; i < 20; i++) await provider.api.site(site.id);
  most = rss_kb();
  for await (const piece of res) {
    octets += (piece as Buffer).length;
    last = (last + (piece as Buffer).toString("latin1")).slice(-100);
    most = Math.max(most, rss_kb());
  }
  expect(last).toMatch(/\{"export":"end","rows":\d{6}\}\n$/);
  expect(octets).toBeGreaterThan(50e6);
  expect(most - before, "KiB").toBeLessThan(24 * 1024);
}, 180_000);

test("R78 an export ends, visibly cut off, with the login that asked for it; and no more than two run at a time", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await hub.program.stop();
  manyValues(hub, site, 200_000);
  await hub.serve();
  const colleague = await hub.provider();
  const first = await asked(hub, provider, site);
  const second = await asked(hub, provider, site);
  expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
  expect((await colleague.api.raw("GET", pathOf(site))).status).toBe(429);
  first.destroy();
  await until("there is room for another", async () => {
    const res = await asked(hub, colleague, site);
    const { statusCode } = res;
    res.destroy();
    return statusCode === 200;
  });

  await provider.api.logout();
  let text = "";
  const cut = (async () => {
    for await (const piece of second) text = (text + (piece as Buffer).toString("latin1")).slice(-100);
  })();
  await expect(cut).rejects.toThrow("aborted");
  expect(text).not.toContain('"end"');
});

test("R78 of exports that are asked for at once, those that are refused are not in the log", async (ctx) => {
  needs(ctx, sqliteMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await hub.program.stop();
  manyValues(hub, site, 200_000);
  await hub.serve();
  const told = (await Promise.all(Array.from({ length: 8 }, () => asked(hub, provider, site)))).map((res) => res.statusCode);
  expect(told.filter((status) => status === 200)).toHaveLength(2);
  expect(told.filter((status) => status === 429)).toHaveLength(6);
  const logged = (await provider.api.siteChanges(site.id)).items.filter((c) => c.verb === "site_exported");
  expect(logged).toHaveLength(2);
});

test("R78 that an export may not begin now is said on the page, and the file comes when it may", async (ctx) => {
  needs(ctx, browserMissing(), sqliteMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  await hub.program.stop();
  manyValues(hub, site, 200_000);
  await hub.serve();
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=connector`);
  const running = [await asked(hub, provider, site), await asked(hub, provider, site)];
  const link = page.getByRole("link", { name: "Save all data" });
  await link.click();
  await page.getByRole("alert").getByText("There were too many requests").waitFor();
  await look(page, "export-refused");
  for (const res of running) res.destroy();
  await until("there is room", async () => (await provider.api.raw("GET", `${pathOf(site)}?ask=true`)).status === 200);
  const downloaded = page.waitForEvent("download");
  await link.click();
  expect((await downloaded).suggestedFilename()).toBe(`${site.id}.ndjson`);
  expect(await page.getByRole("alert").count()).toBe(0);
  // Asking is no saving.
  expect((await provider.api.siteChanges(site.id)).items.filter((c) => c.verb === "site_exported")).toHaveLength(3);
});

test("R78 R74 the file is saved from the site's page, in each language; the operator's support may not", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const words = { en: "Save all data", fr: "Enregistrer toutes les données", de: "Alle Daten sichern" } as const;
  const page = await openPage(hub);
  await logIn(page, provider);
  for (const [language, name] of Object.entries(words).reverse()) {
    await page.evaluate((l) => localStorage.setItem("imprimatur.language", l), language);
    await page.goto(`/sites/${site.id}?tab=connector`);
    await page.getByRole("link", { name }).waitFor();
    for (const colorScheme of ["light", "dark"] as const)
      for (const width of [1440, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await look(page, `export-${language}-${colorScheme}-${width}`);
      }
  }
  expect(await complaints(page, "export")).toEqual([]);
  const downloaded = page.waitForEvent("download");
  await page.getByRole("link", { name: words.en }).click();
  const file = await downloaded;
  expect(file.suggestedFilename()).toBe(`${site.id}.ndjson`);
  expect(linesOf(readFileSync(await file.path(), "utf8")).at(-1)).toMatchObject({ export: "end" });
  await page.goto(`/sites/${site.id}?tab=changes`);
  await page.getByText("All data of the site were saved as a file").waitFor();

  const sam = await hub.support();
  expect((await provider.api.raw("POST", "/api/v1/support", { hours: 1, reason: "a question" })).status).toBe(201);
  const { id } = (await provider.api.me()).provider;
  expect((await sam.raw("POST", `/api/v1/support/providers/${id}/logins`)).status).toBe(204);
  expect((await sam.site(site.id)).id).toBe(site.id);
  expect((await sam.raw("GET", pathOf(site))).status).toBe(403);
});
