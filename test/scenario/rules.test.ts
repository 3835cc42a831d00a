/* Status by rules: what counts, who set it, and how soon it does. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RuleIn } from "../harness/api.ts";
import { browserMissing, logIn, openPage } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut, type Scenario } from "../harness/papercut.ts";
import { root, tempDir } from "../harness/place.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

async function watched(scenario: Scenario, options: Record<string, string> = {}) {
  const hub = await Hub.start(options);
  const papercut = await PaperCut.start(scenario);
  const { provider, site } = await newSite(hub);
  const api = provider.api;
  await Connector.forSite(hub, provider, site, papercut.source);
  const reason = async (rule: string) => (await api.site(site.id)).reasons.find((r) => r.rule === rule);
  await until("it has reported", async () => (await api.site(site.id)).server !== null);
  return { hub, papercut, provider, api, site, reason };
}

test("R31 a disk that fills up is a warning, then an error, and what is set at the site counts within a second", async () => {
  const { papercut, api, site, reason } = await watched({ disk_used_percent: 91 });
  await until("the warning", async () => (await api.site(site.id)).status === "warning");
  expect(await reason("disk_low")).toMatchObject({
    ...{ code: "disk_low", component: "application_server", value: 91, threshold: 90 },
    ...{ unit: "percent", severity: "warning", origin: "default", detail: null },
  });

  papercut.change({ disk_used_percent: 97 });
  await until("the error", async () => (await api.site(site.id)).status === "error");
  const full = await reason("disk_full");
  expect(full).toMatchObject({ code: "disk_low", value: 97, threshold: 95, severity: "error", origin: "default" });
  expect(Date.parse(full!.since!)).toBeLessThanOrEqual(Date.now());

  const verbs = api.verbs();
  const set: RuleIn[] = [{ name: "disk_full", threshold: 98 }, { name: "disk_low", threshold: 96, severity: "warning" }];
  await api.setRules(set, site);
  await until("it is a warning", async () => (await api.site(site.id)).status === "warning", 1000);
  expect(await reason("disk_low")).toMatchObject({ value: 97, threshold: 96, severity: "warning", origin: "site" });
  const rule = (await api.rules(site)).find((r) => r.name === "disk_low");
  expect(rule).toMatchObject({
    default: { threshold: 90, severity: "warning" },
    provider: null,
    site: { threshold: 96, severity: "warning" },
    in_force: { threshold: 96, severity: "warning", origin: "site" },
  });

  await api.setRules([{ name: "disk_full", severity: "off" }, { name: "disk_low", severity: "off" }]);
  expect((await api.site(site.id)).status).toBe("warning"); // the site's own setting is the nearer one
  await api.resetRules(site);
  await until("the provider's rules count again", async () => (await api.site(site.id)).status === "ok", 1000);
  await api.setRules([{ name: "disk_full" }, { name: "disk_low" }]);
  await until("nobody has set anything", async () => (await reason("disk_full"))?.origin === "default", 1000);
  await until("the log says what happened", () => {
    const said = verbs().filter((v) => /_rules_set$/.test(v));
    return said.join() === "site_rules_set,provider_rules_set,site_rules_set,provider_rules_set";
  });
});

test("R35 a print server that starts again and again is told as that", async () => {
  const { papercut, api, site, reason } = await watched({ uptime_hours: 100 });
  for (const uptime_hours of [0.2, 0.1, 0]) {
    expect(await reason("restarting")).toBeUndefined();
    const changed = Date.now();
    papercut.change({ uptime_hours });
    await until(`a start ${uptime_hours} h ago is told at once`, async () => {
      return Date.parse((await api.site(site.id)).health!.read_at) > changed;
    });
  }
  expect(await reason("restarting")).toMatchObject({ value: 3, threshold: 3, severity: "warning", unit: "count" });
});

test("a version open to known attacks is named with its advisories, as the operator's file says it now", async () => {
  const file = join(tempDir(), "versions.txt");
  const write = (text: string) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  write(readFileSync(join(root, "packaging/debian/vulnerable-versions.txt"), "utf8"));
  const { hub, papercut, reason } = await watched({ version: "22.0.4 (Build 65000)" }, { vulnerable_versions: file });
  await until("it is known", async () => (await reason("vulnerable_version")) !== undefined);
  const { detail, severity, code } = (await reason("vulnerable_version"))!;
  expect([code, severity]).toEqual(["vulnerable_version", "warning"]);
  expect(detail).toMatch(/^CVE-2023-27350, CVE-2023-27351, /);

  write("CVE-2099-1 papercut 22.0..22.0.5\n");
  await until("the new list counts", async () => (await reason("vulnerable_version"))?.detail === "CVE-2099-1");
  write("CVE-2099-1 papercut 22.0..22.0.5\nCVE-2099-2 papercut 22.0..new\n");
  await until("the mistake is logged with its line", () => /event=known_bad line=2 /.test(hub.program.stderr));
  expect((await reason("vulnerable_version"))?.detail).toBe("CVE-2099-1");

  papercut.change({ version: "22.0.10 (Build 66000)" });
  await until("the update is seen", async () => (await reason("vulnerable_version")) === undefined);
  writeFileSync(file, "CVE-2099-3 papercut 22.0..22.0.11\n");
  hub.program.child.kill("SIGHUP");
  await until("10 is more than 9", async () => (await reason("vulnerable_version"))?.detail === "CVE-2099-3");
});

test("a reason leads to its rule, and the rule is set at the site on the page", async (ctx) => {
  needs(ctx, browserMissing());
  const { hub, provider, api, site } = await watched({ disk_used_percent: 91 });
  await until("the warning", async () => (await api.site(site.id)).status === "warning");
  const page = await openPage(hub);
  const why = () => page.locator("[id='why-disk_low.application_server']").innerText();
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?why=disk_low.application_server`);
  await page.getByRole("link", { name: "Change this rule" }).waitFor();
  for (const part of ["The print server’s disk is filling up", "91 %", "90 %", "Warning", "the rule as it comes with the hub"])
    expect(await why()).toContain(part);

  await page.getByRole("link", { name: "Change this rule" }).click();
  await page.locator("[name=threshold]").fill("91.5");
  await page.getByRole("button", { name: "Save" }).click();
  await until("the site is ok", async () => (await api.site(site.id)).status === "ok");
  await until("the page says so", async () => (await page.locator("header h1 + *").innerText()) === "OK");
  expect((await api.rules(site)).find((r) => r.name === "disk_low")?.site).toEqual({ threshold: 91.5, severity: null });

  // The page of the site has a button of the same name.
  await page.getByRole("link", { name: "Rules for all sites" }).click();
  await page.getByRole("heading", { name: "Rules", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Change: The print server’s disk is filling up" }).click();
  await page.locator("[name=severity]").selectOption("error");
  await page.getByRole("button", { name: "Save" }).click();
  await until("it is set for all", async () => {
    const rule = (await api.rules()).find((r) => r.name === "disk_low");
    return rule?.provider?.severity === "error" && rule.provider.threshold === null;
  });

  await page.goto(`/sites/${site.id}?tab=rules&rule=disk_low`);
  await page.getByRole("button", { name: "As for all sites" }).click();
  await until("what counts for all counts here", async () => (await api.site(site.id)).status === "error");
  await page.goto(`/sites/${site.id}?why=disk_low.application_server`);
  await page.locator("[id='why-disk_low.application_server']").waitFor();
  expect(await why()).toContain("your organisation, for all sites");
});
