/* Mailed invitations through a real SMTP server: what arrives, what is refused, what is tried again, and what is shown. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Mail, Site } from "../harness/api.ts";
import { PaperCut } from "../harness/papercut.ts";
import { freePort, programs, tempDir } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { query, sqliteMissing } from "../harness/store.ts";
import { MailSink } from "../harness/smtp.ts";
import { until } from "../harness/until.ts";

const login = { user: "hub", password: "smtp-geheim-4711" };

function passwordFile(password: string): string {
  const file = join(tempDir(), "password");
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return file;
}

/** The mail of the site's open invitation, once it is as wanted. */
function mail(provider: Provider, site: Site, what: string, is: (m: Mail) => boolean): Promise<Mail> {
  return until(`the mail is ${what}`, async () => {
    const m = await provider.api.mailOf(site);
    return m && is(m) && m;
  });
}

async function sealedOctets(hub: Hub): Promise<number> {
  return Number((await query(hub, "SELECT length(sealed) AS octets FROM mail"))[0]!.octets);
}

const sent = (m: Mail) => m.state === "sent";
const failing = (reason: string) => (m: Mail) => m.state === "queued" && m.reason === reason;

test("R7 an invitation arrives over STARTTLS, after the login, in the customer's language, and its link enrols", async () => {
  const sink = await (await MailSink.start({ login })).listen();
  const hub = await Hub.start(sink.options({ "mail.user": login.user, "mail.password_file": passwordFile(login.password) }));
  const papercut = await PaperCut.start();
  const provider = await hub.provider("Büro & Söhne GmbH");
  const customer = await provider.api.makeCustomer("Klinikum Süd", "de");
  const site = await provider.api.makeSite(customer, "Haus B – Gebäude 17, Keller links hinten");
  const { code, id } = await provider.api.inviteByMail(site, "edv@klinikum.example");
  const m = await mail(provider, site, "sent", sent);
  expect(m).toMatchObject({ to: "edv@klinikum.example", reason: null, smtp_status: null, tries: 1, next_at: null });
  const [r] = sink.received;
  expect([sink.received.length, r!.from, r!.to, r!.user, r!.secure]).toEqual([1, "hub@example.test", ["edv@klinikum.example"], "hub", true]);
  expect(r!.header).toMatchObject({
    from: "Büro & Söhne GmbH <hub@example.test>",
    to: "<edv@klinikum.example>",
    "reply-to": `<${provider.email}>`,
    subject: "Büro & Söhne GmbH: Einladung für Haus B – Gebäude 17, Keller links hinten",
    "auto-submitted": "auto-generated",
    "content-language": "de",
    "content-type": "text/plain; charset=utf-8",
  });
  expect(r!.header["message-id"]).toMatch(/^<[0-9a-z]{26}@example\.test>$/);
  expect(Math.abs(Date.parse(r!.header.date!) - Date.now())).toBeLessThan(3600_000);
  expect(r!.text).toContain(`\n${hub.url}/install#${code}\n`);
  expect(r!.text).toMatch(/Büro & Söhne GmbH bittet darum[\s\S]*Klinikum Süd[\s\S]*Nichts wird gesendet, bevor Sie[\s\S]*gilt bis \d{4}-\d\d-\d\d \d\d:\d\d UTC[\s\S]*Test User/);
  // RFC 5322: nothing but ASCII, and no line above 78 characters.
  expect(r!.raw).toMatch(/^[\r\n\x20-\x7e]*$/);
  expect(Math.max(...r!.raw.split("\r\n").map((l) => l.length))).toBeLessThanOrEqual(78);
  const verbs = (await provider.api.siteChanges(site.id)).items.map((c) => `${c.actor.kind} ${c.verb}`);
  expect(verbs.slice(0, 2)).toEqual(["hub invitation_mailed", "user invitation_made"]);
  expect((await provider.api.invited()).items).toMatchObject([{ id, site: { id: site.id }, customer: { name: "Klinikum Süd" }, mail: { state: "sent" } }]);

  const c = new Connector(hub);
  const { agreement } = await offer(hub, code, "en");
  expect((await c.enroll(code, papercut.source, agreement.sha256)).code).toBe(0);
  expect((await provider.api.invited()).items).toEqual([]);
});

test("a hostile name adds neither a header nor a recipient, and stands in the subject as text", async () => {
  const sink = await (await MailSink.start({ security: "none" })).listen();
  const hub = await Hub.start(sink.options());
  const provider = await hub.provider("=?UTF-8?Q?x=0D=0ABcc:_a@b?= <evil@example.test>, \"");
  for (const name of ["\u202egpj.exe", "a\u2028Bcc: x@example.test", "a\u0085Bcc: x@example.test", "a\r\nBcc: x@example.test", "\u200b"])
    expect([name, (await provider.api.raw("POST", "/api/v1/customers", { name })).body]).toMatchObject([name, { status: 400, field: "name" }]);
  const customer = await provider.api.makeCustomer("gpj.exe Bcc: x@example.test", "fr");
  const site = await provider.api.makeSite(customer, "a Bcc: y@example.test {link} " + "ß".repeat(40));
  await provider.api.inviteByMail(site, "it@example.test");
  await mail(provider, site, "sent", sent);
  const [r] = sink.received;
  expect(r!.to).toEqual(["it@example.test"]);
  expect(Object.keys(r!.header).sort()).toEqual([
    ...["auto-submitted", "content-language", "content-transfer-encoding", "content-type", "date", "from"],
    ...["message-id", "mime-version", "reply-to", "subject", "to"],
  ]);
  expect(r!.header.from).toBe("=?UTF-8?Q?x=0D=0ABcc:_a@b?= <evil@example.test>, \" <hub@example.test>");
  expect(r!.header.subject).toContain(`invitation pour a Bcc: y@example.test {link} ${"ß".repeat(40)}`);
  expect(r!.text.match(/\/install#/g)?.length).toBe(1);
});

test("what is no address is refused, and so is mail where the hub sends none", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const path = `/api/v1/sites/${site.id}/invitations`;
  const without = await provider.api.raw("POST", path, { mail_to: "it@example.test" });
  expect([without.status, without.body.code]).toEqual([409, "mail_off"]);
  const other = await Hub.start((await MailSink.start({ security: "none" })).options());
  const there = await newSite(other);
  for (const mail_to of ["", "it", "it@a@b", "it@example.test\r\nBcc: x@y", "<it@example.test>", "it@example.test,x@y", "ü@example.test"]) {
    const a = await there.provider.api.raw("POST", `/api/v1/sites/${there.site.id}/invitations`, { mail_to });
    expect([mail_to, a.status, a.body.code, a.body.field]).toEqual([mail_to, 400, "invalid", "mail_to"]);
  }
  expect((await there.provider.api.site(there.site.id)).invitation).toBeNull();
});

test("a certificate that nobody vouches for, no STARTTLS, and a refused login: nothing is handed over, and it is tried again", async () => {
  const sink = await (await MailSink.start({ login })).listen();
  const other = await MailSink.start();
  const cases: [string, Record<string, string>][] = [
    ["untrusted", { "mail.ca_file": other.caFile }],
    ["login", { "mail.password_file": passwordFile("wrong") }],
    ["unreachable", { "mail.port": String(await freePort()) }],
    ["tls", { "mail.port": String((await (await MailSink.start({ noTls: true })).listen()).port) }],
  ];
  for (const [reason, options] of cases) {
    const hub = await Hub.start(sink.options({ "mail.user": login.user, "mail.password_file": passwordFile(login.password), ...options }));
    const { provider, site } = await newSite(hub);
    await provider.api.inviteByMail(site, "it@example.test");
    await mail(provider, site, reason, (m) => failing(reason)(m) && m.tries >= 2);
    expect(hub.program.stderr).not.toMatch(/wrong|smtp-geheim|it@example\.test/);
  }
  expect(sink.offered).toBe(0);
});

test("4yz is tried again until it is taken; 5yz fails at once; what is never taken is given up and shown", async () => {
  const sink = await (await MailSink.start({ security: "tls", message: 451 })).listen();
  const hub = await Hub.start(sink.options({ "mail.give_up": "1s", "admin.listen": "127.0.0.1:0" }));
  const { provider, customer, site } = await newSite(hub);
  await provider.api.inviteByMail(site, "it@example.test");
  const given = await mail(provider, site, "given up", (m) => m.state === "failed");
  expect(given).toMatchObject({ reason: "later", smtp_status: 451, next_at: null });
  expect(given.tries).toBeGreaterThan(1);

  sink.does.message = 0;
  sink.does.recipient = 550;
  const second = await provider.api.makeSite(customer, "Second");
  await provider.api.inviteByMail(second, "nobody@example.test");
  expect(await mail(provider, second, "refused", (m) => m.state === "failed")).toMatchObject({ reason: "refused", smtp_status: 550, tries: 1 });
  expect((await provider.api.siteChanges(second.id)).items[0]).toMatchObject({ verb: "invitation_mail_failed", actor: { kind: "hub" } });

  const { invitation } = await provider.api.site(second.id);
  sink.does.recipient = 0;
  const again = await provider.api.resend(second, invitation!);
  await mail(provider, second, "sent", sent);
  expect(sink.received.map((r) => [r.to, r.text.includes(again.code)])).toEqual([[["nobody@example.test"], true]]);
  const metrics = await (await fetch(`${hub.ready.admin}/metrics`)).text();
  expect(metrics).toMatch(/imprimatur_hub_mails_sent_total 1\n/);
  expect(metrics).toMatch(/imprimatur_hub_mails_failed_total 2\n/);
});

test("a server that hangs is left after mail.timeout, and others are served meanwhile", async () => {
  const sink = await (await MailSink.start({ security: "none", hangs: true })).listen();
  const hub = await Hub.start(sink.options({ "mail.timeout": "1s" }));
  const { provider, site } = await newSite(hub);
  await provider.api.inviteByMail(site, "it@example.test");
  await until("it hangs", () => sink.offered > 0);
  expect((await hub.http().json("GET", "/healthz")).status).toBe(200);
  await mail(provider, site, "late", failing("timeout"));
  sink.does.hangs = false;
  await mail(provider, site, "sent", sent);
});

test("a hub that is killed between queue and sending sends it once, after its start; the code is gone from its store then", async (ctx) => {
  needs(ctx, sqliteMissing());
  const sink = await MailSink.start({ security: "none" });
  const hub = await Hub.start(sink.options());
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.inviteByMail(site, "it@example.test");
  await mail(provider, site, "waiting", failing("unreachable"));
  await hub.program.kill9();
  const waiting = await sealedOctets(hub);
  await sink.listen();
  await hub.serve();
  await mail(provider, site, "sent", sent);
  await hub.program.stop();
  expect(sink.received.map((r) => r.text.includes(code))).toEqual([true]);
  expect(sink.offered).toBe(1);
  // Of what was sealed the recipient alone is left: nonce, tag, key id and {"to":"it@example.test"}.
  expect([waiting > 600, (await sealedOctets(hub)) < 120]).toEqual([true, true]);
  for (const needle of [code, "it@example.test"])
    for (const [path, content] of hub.files()) expect([path, content.includes(needle)]).toEqual([path, false]);
});

test("resending makes a new code and revokes the old one; withdrawing takes a mail back that has not gone", async () => {
  const sink = await MailSink.start({ security: "none" });
  const hub = await Hub.start(sink.options());
  const { provider, customer, site } = await newSite(hub);
  const old = await provider.api.inviteByMail(site, "it@example.test");
  const fresh = await provider.api.resend(site, old);
  expect(fresh.code).not.toBe(old.code);
  const asked = await hub.http().json<{ code: string }>("POST", "/c/v1/invitation", { code: old.code, language: "en" });
  expect([asked.status, asked.body.code]).toEqual([410, "code_revoked"]);
  const taken = await provider.api.makeSite(customer, "Taken back");
  await provider.api.revokeInvitation(taken, await provider.api.inviteByMail(taken, "other@example.test"));
  expect((await provider.api.invited()).items.map((i) => [i.id, i.mail?.to])).toEqual([[fresh.id, "it@example.test"]]);
  const twice = await provider.api.raw("POST", `/api/v1/sites/${site.id}/invitations/${old.id}/resend`, {});
  expect([twice.status, twice.body.code]).toEqual([404, "not_found"]);
  const archived = await provider.api.makeSite(customer, "Archived");
  await provider.api.inviteByMail(archived, "third@example.test");
  expect((await provider.api.raw("POST", `/api/v1/sites/${archived.id}/archive`)).status).toBe(204);
  expect((await provider.api.invited()).items.length).toBe(1);
  const unmailed = await provider.api.makeSite(customer, "By hand");
  const byHand = await provider.api.invite(unmailed);
  const nobody = await provider.api.raw("POST", `/api/v1/sites/${unmailed.id}/invitations/${byHand.id}/resend`, {});
  expect([nobody.status, nobody.body.field]).toEqual([400, "mail_to"]);
  expect((await provider.api.site(unmailed.id)).invitation?.id).toBe(byHand.id);

  await sink.listen();
  await mail(provider, site, "sent", sent);
  expect(sink.received.map((r) => [r.to, r.text.includes(fresh.code)])).toEqual([[["it@example.test"], true]]);
});

test("a provider may ask for mail.per_day mails a day, another is not held up by that", async () => {
  const sink = await (await MailSink.start({ security: "none" })).listen();
  const hub = await Hub.start(sink.options({ "mail.per_day": "2" }));
  const { provider, site } = await newSite(hub);
  const first = await provider.api.inviteByMail(site, "it@example.test");
  await provider.api.resend(site, first);
  const third = await provider.api.raw("POST", `/api/v1/sites/${site.id}/invitations`, { mail_to: "it@example.test" });
  expect([third.status, third.body.code]).toEqual([429, "too_many"]);
  const other = await hub.provider("Other Print");
  const there = await other.api.makeSite(await other.api.makeCustomer("Theirs"), "One");
  await other.api.inviteByMail(there, "it@other.example");
  await mail(other, there, "sent", sent);
});

test("the list of the invited has pages, keeps the expired, and shows nothing of another provider", async () => {
  const hub = await Hub.start();
  const { provider, customer, site } = await newSite(hub);
  const first = await provider.api.invite(site, 1);
  const second = await provider.api.makeSite(customer, "Second");
  await provider.api.invite(second);
  const newest = await provider.api.invite(second);
  hub.setClock(2 * 24 * 3600_000);
  const api = await hub.logIn(provider.email, provider.password);
  const page = await api.invited("?limit=1");
  expect(page.items.map((i) => [i.id, i.mail])).toEqual([[newest.id, null]]);
  const rest = await api.invited(`?limit=1&cursor=${page.next_cursor}`);
  expect([rest.items.map((i) => i.id), rest.next_cursor]).toEqual([[first.id], null]);
  const other = await hub.provider("Other Print");
  expect((await other.api.invited()).items).toEqual([]);
  expect((await other.api.raw("GET", `/api/v1/invitations?cursor=${page.next_cursor}`)).status).toBe(400);
});

test("hub.conf: what does not fit is refused with its name", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ "mail.server": "mail.example.test" }, /mail\.from: /],
    [{ "mail.server": "a/b", "mail.from": "a@b" }, /mail\.server: /],
    [{ "mail.server": "mail.example.test", "mail.from": "a@b", "mail.security": "none" }, /mail\.security: /],
    [{ "mail.server": "mail.example.test", "mail.from": "a@b", "mail.user": "x" }, /mail\.user and mail\.password_file: /],
  ];
  const hub = await Hub.start();
  const conf = readFileSync(hub.configFile, "utf8");
  for (const [options, words] of cases) {
    writeFileSync(hub.configFile, conf + Object.entries(options).map(([k, v]) => `${k} = ${v}\n`).join(""));
    const { code, stderr } = await Program.run(programs.hub, ["check-config", "--config", hub.configFile]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(words)]);
  }
});
