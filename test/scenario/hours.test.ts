/** Hours of the week: outside of them less is allowed, who is in sees the end coming, and the customer may move it. */
import { expect, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, logIn, look, openLocal, openPage } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { Visited } from "../harness/session.ts";
import { settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const slow = 180_000;

/** A time zone in which it is about noon, so that no day ends while a test runs. */
const zone = `XXX${new Date().getUTCHours() - 12}`;

/** The clock of that zone, some minutes from now. */
function clock(minutes: number): string {
  const at = new Date(Date.now() + minutes * 60_000 + (12 - new Date().getUTCHours()) * 3_600_000);
  return at.toISOString().slice(11, 16);
}

test("R25 R29 a visit ends with the customer's hours, which the technician sees coming, and goes on if they are moved", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start({}, {}, { TZ: zone });
  const hours = async (text: string) => {
    const r = await v.connector.command("permissions", "console", "hours", text);
    expect([r.code, r.stderr]).toEqual([0, ""]);
  };
  await v.allow("ask");
  await hours(`mo-su 00:00-${clock(4)}`);
  const id = await v.opened();
  const endsIn = async () => Date.parse((await v.get(id)).ends_at!) - Date.now();
  expect(await endsIn()).toBeLessThan(4 * 60_000 + 2000);

  const page = await openPage(v.hub);
  await logIn(page, v.provider);
  await page.goto(`/sites/${v.site.id}?session=${id}`);
  await hasText(page, /It ends soon/);
  await page.getByRole("button", { name: "Ask for more time" }).waitFor();
  expect(await complaints(page, "page")).toEqual([]);
  await look(page, "session-ends-soon");

  await hours(`mo-su 00:00-${clock(120)}`);
  await until("the end has moved", async () => (await endsIn()) > 60 * 60_000);
  await until("the page says so", async () => !/It ends soon/.test(await page.locator("body").innerText()));

  await hours("mo-su 00:00-00:01");
  await v.is(id, "ended", "switched_off");
  await until("the hub knows that it is off", async () => (await v.provider.api.site(v.site.id)).permissions?.console === "off");
  expect((await v.ask()).body.code).toBe("denied");
}, slow);

test("R29 hours are set on the settings page, in every language, and shown as people say them", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const v = await Visited.start({}, {}, { TZ: zone });
  await v.allow("ask");
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin);
  await site.goto(url.href);
  const card = site.locator("article.switch").nth(1);
  await card.getByRole("button", { name: "Only at certain hours of the week" }).click();
  await card.getByLabel("From", { exact: true }).fill("08:00");
  await card.getByLabel("To", { exact: true }).fill("00:00");
  await card.getByLabel("Sat").check();
  await card.getByRole("button", { name: "More hours" }).click();
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "hours-form");
  await card.getByRole("button", { name: "Remove" }).last().click();
  await card.getByRole("button", { name: "Set these hours" }).click();
  await hasText(site, /Hours: Mon–Sat 08:00–24:00\. Outside of them it is refused\./);
  await look(site, "hours-set");
  const shown = await v.connector.command("permissions");
  expect(shown.stdout).toContain("Hours: mo-sa 08:00-24:00; outside of them off");
  await site.getByRole("button", { name: "Deutsch" }).click();
  await hasText(site, /Zeiten: Mo–Sa 08:00–24:00\. Außerhalb davon wird es abgelehnt\./);
  await card.getByRole("button", { name: "Zeiten ändern" }).click();
  await card.getByRole("button", { name: "Keine Zeiten mehr" }).click();
  await until("no hours are left", async () => !/Mo–Sa/.test(await site.locator("body").innerText()));
}, slow);
