/* Mailed invitations in the dashboard: asking for one, what became of it, sending it again. */
import { expect, test, type TestContext } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, logIn, look, openPage } from "../harness/browser.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { needs } from "../harness/skip.ts";
import { MailSink } from "../harness/smtp.ts";
import { until } from "../harness/until.ts";

test("R7 the link is mailed from the site's page, its state is shown live, and what failed is sent again to another address", async (ctx: TestContext) => {
  needs(ctx, browserMissing());
  const sink = await (await MailSink.start({ security: "none", recipient: 550 })).listen();
  const hub = await Hub.start(sink.options());
  const { provider, site } = await newSite(hub, "Depot");
  const page = await openPage(hub);
  await logIn(page, provider);
  await page.goto(`/sites/${site.id}?tab=connector`);
  await page.getByLabel("Mail the link to").fill("nobody@example.test");
  await look(page, "mail-field");
  await page.getByRole("button", { name: "Invite" }).click();
  await hasText(page, /being mailed to nobody@example\.test/);
  await hasText(page, /Could not be delivered to nobody@example\.test: the mail server refuses the address or the message \(550\)/);
  await look(page, "mail-failed");
  expect(await complaints(page, "mail")).toEqual([]);

  sink.does.recipient = 0;
  await page.goto("/add");
  await page.getByRole("link", { name: "Invited, not connected" }).click();
  await page.getByRole("button", { name: "Send again: Depot" }).click();
  await look(page, "mail-resend");
  expect(await complaints(page, "mail")).toEqual([]);
  const address = page.getByLabel("E-mail address");
  expect(await address.inputValue()).toBe("nobody@example.test");
  await address.fill("it@example.test");
  await page.getByRole("button", { name: "Send again", exact: true }).click();
  await hasText(page, /Mailed to it@example\.test/);
  expect(sink.received.map((r) => r.to)).toEqual([["it@example.test"]]);
});

test("the list of the invited in three languages, dark and light, wide and on a phone; without mail it says so", async (ctx: TestContext) => {
  needs(ctx, browserMissing());
  const sink = await MailSink.start({ security: "none" });
  const hub = await Hub.start(sink.options());
  const { provider, customer, site } = await newSite(hub, "Haus B – Gebäude 17, Keller links hinten, gleich neben der Heizung");
  await provider.api.inviteByMail(site, "a.very.long.local.part.of.an.address@and-a-long-host-name.of.example.test");
  await provider.api.invite(await provider.api.makeSite(customer, "By hand"));
  await until("a try has failed", async () => (await provider.api.mailOf(site))?.reason === "unreachable");
  for (const [language, width, scheme, words] of [
    ["en", 390, "dark", /Not delivered to a\.very[\s\S]*the mail server cannot be reached[\s\S]*Send again/],
    ["fr", 1440, "dark", /Pas encore remis à a\.very[\s\S]*injoignable[\s\S]*Renvoyer/],
    ["de", 390, "light", /Noch nicht zugestellt an a\.very[\s\S]*nicht erreichbar[\s\S]*Erneut senden/],
  ] as const) {
    const page = await openPage(hub, { language, width, scheme });
    // What was chosen on this browser outweighs the account's language.
    await page.addInitScript(`localStorage.setItem("imprimatur.language", "${language}")`);
    await logIn(page, provider);
    await page.goto("/invitations");
    await hasText(page, words);
    await look(page, `invited-${language}-${width}-${scheme}`);
    expect(await complaints(page, "mail")).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  }
  const without = await Hub.start();
  const there = await newSite(without);
  const page = await openPage(without);
  await logIn(page, there.provider);
  await page.goto("/invitations");
  await hasText(page, /This hub sends no mail[\s\S]*No site is waiting/);
  await page.goto(`/sites/${there.site.id}?tab=connector`);
  await hasText(page, /Connect this site/);
  expect(await page.getByLabel("Mail the link to").count()).toBe(0);
});
