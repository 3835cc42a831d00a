/** Approving from a desk: the customer's own people say yes on a page in their network, are told by the connector, and nobody else gets in. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { complaints } from "../harness/axe.ts";
import { browserMissing, hasText, logIn, look, openDesk, openLocal, openPage } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { codeOf, Desk, deskHost } from "../harness/desk.ts";
import { Visited } from "../harness/session.ts";
import { SettingsPage, settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { MailSink } from "../harness/smtp.ts";
import { until } from "../harness/until.ts";

const slow = 180_000;
const reason = "zzreason toner report fails";

interface Hook {
  url: string;
  bodies: { event: string; text: string; session?: string }[];
  answers: number[];
}

/** A chat server's incoming webhook. */
async function webhook(): Promise<Hook> {
  const hook: Hook = { url: "", bodies: [], answers: [] };
  const server = createServer((req: IncomingMessage, res) => {
    const parts: Buffer[] = [];
    req.on("data", (d: Buffer) => parts.push(d));
    req.on("end", () => {
      const status = hook.answers.shift() ?? 200;
      if (status === 200) hook.bodies.push(JSON.parse(Buffer.concat(parts).toString("utf8")) as Hook["bodies"][number]);
      res.writeHead(status).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/geheim`;
  return hook;
}

test("R19 R25 R61 a visit is approved and ended from a desk, those there are told by mail and webhook, and the provider reads how many they are and no name", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const sink = await (await MailSink.start({ security: "tls" })).listen();
  const hook = await webhook();
  const v = await Visited.start();
  await v.allow("ask");
  const page = await SettingsPage.open(v.connector);
  const desk = await Desk.open(v.connector, page, {
    "desk.mail.server": "localhost",
    "desk.mail.port": String(sink.port),
    "desk.mail.security": "tls",
    "desk.mail.ca_file": sink.caFile,
    "desk.mail.from": "imprimatur@klinik.example",
    "desk.mail.to": "it-desk@klinik.example, night@klinik.example",
    "desk.webhook": hook.url,
  });
  const who = await desk.add("zzfrontdesk");
  await desk.add("zznightshift");
  const dashboard = await openPage(v.hub);
  await logIn(dashboard, v.provider);

  await dashboard.getByRole("link", { name: /^Open console of / }).click();
  await dashboard.locator("input[name=reason]").fill(reason);
  await dashboard.getByRole("button", { name: "Ask to open" }).click();
  await hasText(dashboard, /Waiting for: IT desk \(2 people\)/);
  await look(dashboard, "desk-dashboard-waits");
  const id = new URL(dashboard.url()).searchParams.get("session")!;
  expect(JSON.stringify(await v.get(id))).not.toMatch(/zzfrontdesk|zznightshift/);

  await until("both mails and the webhook have come", () => sink.received.length === 2 && hook.bodies.length === 1);
  expect(sink.received.flatMap((m) => m.to).sort()).toEqual(["it-desk@klinik.example", "night@klinik.example"]);
  for (const text of [sink.received[0]!.text, hook.bodies[0]!.text]) {
    expect(text).toContain(desk.origin);
    // What strangers typed is not sent on in the customer's name.
    expect(text).not.toMatch(/zzreason|zzfrontdesk/);
  }
  expect(hook.bodies[0]).toMatchObject({ event: "session_waits", session: id });

  const at = await openDesk(desk.origin, desk.certFile);
  await at.goto(desk.origin);
  await at.getByLabel("Name").fill(who.name);
  await at.getByLabel("Password").fill(who.password);
  await at.getByLabel("Code of the authenticator app").fill("000000");
  await at.getByRole("button", { name: "Log in" }).click();
  await hasText(at, /Name, password or code is wrong/);
  expect(await complaints(at, "page")).toEqual([]);
  await look(at, "desk-login");
  await at.getByLabel("Code of the authenticator app").fill(codeOf(who.secret, 1));
  await at.getByRole("button", { name: "Log in" }).click();
  await at.getByRole("heading", { name: /asks to open: / }).waitFor();
  await hasText(at, new RegExp(`Reason given: ${reason}`));
  expect(await complaints(at, "page")).toEqual([]);
  await look(at, "desk-asks");
  await at.getByRole("button", { name: "Yes, this one visit" }).click();
  await v.is(id, "open");
  await at.getByRole("button", { name: /^End now/ }).waitFor();
  await look(at, "desk-open");
  // A question for more time is told as what it is.
  expect((await v.provider.api.raw("POST", `/api/v1/sessions/${id}/more`)).status).toBeLessThan(300);
  await until("the webhook has come", () => hook.bodies.length === 2);
  expect(hook.bodies[1]).toMatchObject({ event: "session_more", session: id });
  expect(hook.bodies[1]!.text).toMatch(/asks for more time/);
  await at.getByRole("button", { name: /^End now/ }).click();
  await v.is(id, "ended", "customer");
  await hasText(at, /Nobody is connected now/);
  await at.getByRole("button", { name: "Log out" }).click();
  await at.getByLabel("Password").waitFor();

  const stored = ["sessions.json", "state.json", "status.json"].map((f) => readFileSync(join(v.connector.dir, f), "utf8")).join();
  expect(stored + v.connector.program!.stderr).not.toMatch(/zzreason|zzfrontdesk|zznightshift/);
}, slow);

test("R19 nobody else gets in at the desk, and who does can say yes, no and end, and nothing else", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  await v.allow("ask");
  const page = await SettingsPage.open(v.connector);
  const desk = await Desk.open(v.connector, page);
  const who = await desk.add("Front desk");
  const id = await v.asked("console", reason);
  await v.is(id, "waiting_for_approval");

  // Without a token nothing is told, to no spelling of a token.
  for (const token of ["", "x", page.token])
    expect((await desk.visits(token)).status).toBe(401);
  expect((await desk.call("POST", `/api/visits/${id}/approve`)).status).toBe(401);
  // Another name for the host, another page's origin.
  expect((await desk.call("GET", "/", undefined, { host: "elsewhere.example.test" })).status).toBe(421);
  expect((await desk.call("POST", "/api/login", { name: "a", password: "b", code: "c" }, { origin: "https://evil.example" })).status).toBe(403);

  const code = codeOf(who.secret, 1);
  const token = (await desk.logIn(who, code)).body.token!;
  expect((await desk.visits(token)).body).toMatchObject({ name: "Front desk", items: [{ id, state: "waiting_for_approval", reason }] });
  // Each code once.
  expect(await desk.logIn(who, code)).toMatchObject({ status: 401, body: { code: "login_failed" } });
  // Nothing of the settings page is here.
  for (const [method, path] of [["GET", "/api/state"], ["POST", "/api/switches"], ["GET", "/api/ledger"], ["GET", "/api/options"], ["GET", "/api/targets"], ["GET", "/api/desk"]] as const)
    expect([path, (await desk.call(method, path, method === "POST" ? {} : undefined, { "x-imprimatur-token": token })).status]).toEqual([path, 404]);

  const no = await desk.call("POST", `/api/visits/${id}/refuse`, undefined, { "x-imprimatur-token": token });
  expect(no.status).toBe(200);
  await v.is(id, "refused", "customer");
  // Who is taken away is out at once.
  const { approvers } = await Desk.state(page);
  await page.call("DELETE", `/api/desk/approvers/${approvers[0]!.id}`);
  expect((await desk.visits(token)).status).toBe(401);
  const other = await desk.add("Back office");
  // Many wrong ones, and the right one has to wait, too; which part was wrong is not said.
  for (let i = 0; i < 4; i++)
    expect((await desk.logIn({ ...other, password: "wrong password" })).body.code).toBe("login_failed");
  expect(await desk.logIn(other)).toMatchObject({ status: 429, body: { code: "too_many_logins" } });
}, slow);

test("R19 a code that has let somebody in at the desk lets nobody in again, not even after a restart", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const desk = await Desk.open(v.connector, await SettingsPage.open(v.connector));
  const who = await desk.add("Front desk");
  const code = codeOf(who.secret, 1);
  expect((await desk.logIn(who, code)).status).toBe(201);
  expect(v.connector.read("desk-login.json")).not.toMatch(/Front|appr_/);

  await v.connector.program!.stop();
  v.connector.run();
  const again = await Desk.open(v.connector, await SettingsPage.open(v.connector));
  expect(await again.logIn(who, code)).toMatchObject({ status: 401, body: { code: "login_failed" } });
  await until("there is another code", () => codeOf(who.secret, 1) !== code, 40_000);
  expect((await again.logIn(who)).status).toBe(201);
}, slow);

test("R19 the desk's page is off unless it is named, says what is missing, and cuts off every network but those allowed", async (ctx) => {
  needs(ctx, cupsMissing());
  const v = await Visited.start();
  const page = await SettingsPage.open(v.connector);
  const set = (options: Record<string, string>) =>
    page.call("POST", "/api/options", { items: Object.entries(options).map(([name, value]) => ({ name, value })) });

  expect(await Desk.state(page)).toMatchObject({ state: "off", url: null, approvers: [] });
  expect(await set({ "desk.listen": "0.0.0.0:7644" })).toMatchObject({ status: 400, body: { field: "desk.host" } });
  expect(await set({ "desk.listen": "here:7644", "desk.host": deskHost, "desk.allow": "10.0.0.0/8" })).toMatchObject({ status: 400, body: { field: "desk.listen" } });
  expect(await set({ "desk.allow": "everybody" })).toMatchObject({ status: 400, body: { field: "desk.allow" } });
  expect(await set({ "desk.mail.server": "mail.example" })).toMatchObject({ status: 400, body: { field: "desk.mail.from" } });
  expect(await set({ "desk.webhook": "file:///etc/passwd" })).toMatchObject({ status: 400, body: { field: "desk.webhook" } });

  const desk = await Desk.open(v.connector, page, { "desk.allow": "10.20.30.0/24, 2001:db8::/32" });
  const end = await new Promise<string>((done) => {
    const s = connect({ host: "127.0.0.1", port: desk.port, servername: deskHost, rejectUnauthorized: false }, () => done("let in"));
    s.on("error", () => done("cut"));
    s.on("close", () => done("cut"));
  });
  expect(end).toBe("cut");
  // The hub is told of nobody: nobody is named.
  await v.allow("ask");
  const id = await v.asked();
  await v.is(id, "waiting_for_approval");
  expect(await v.get(id)).toMatchObject({ desk: null });
}, slow);

test("R22 the customer sets the desk up on the settings page: its options, who may say yes, a test of the notice", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing());
  const hook = await webhook();
  const v = await Visited.start();
  const url = await settingsUrl(v.connector);
  const site = await openLocal(url.origin);
  await site.goto(url.href);
  await site.locator("#desk summary").click();
  await hasText(site, /The page is off/);
  await site.getByLabel("Listen at").fill("127.0.0.1:0");
  await site.getByRole("button", { name: "Save" }).click();
  await hasText(site, /Name of this machine: name the host name/);
  await site.getByLabel("Name of this machine").fill(deskHost);
  await site.getByLabel("From where it may be opened").fill("127.0.0.0/8");
  await site.getByLabel("Webhook").fill(hook.url);
  await site.getByRole("button", { name: "Save" }).click();
  await hasText(site, /The page is open at https:\/\/desk\.example\.test:\d+/);

  await site.getByRole("button", { name: "Add somebody" }).click();
  await site.locator("#approver-name").fill("Front desk");
  await site.locator("#approver-password").fill("correct horse battery");
  const secret = await site.locator(".secret").innerText();
  await site.locator("#approver-code").fill("000000");
  await site.getByRole("button", { name: "Add", exact: true }).click();
  await hasText(site, /This is not the code/);
  await look(site, "desk-settings-add");
  await site.locator("#approver-code").fill(codeOf(secret));
  await site.getByRole("button", { name: "Add", exact: true }).click();
  await site.getByRole("button", { name: "Remove Front desk" }).waitFor();

  hook.answers.push(404);
  await site.getByRole("button", { name: "Send a test" }).click();
  await hasText(site, /The last call of the webhook was not taken \(status_404\)/);
  await site.getByRole("button", { name: "Send a test" }).click();
  await hasText(site, /The last call of the webhook was handed over/);
  expect(hook.bodies).toMatchObject([{ event: "test" }]);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "desk-settings");
  // A notice that failed is tried again while the visit waits.
  hook.answers.push(503);
  await v.allow("ask");
  await v.asked();
  await until("the second try was taken", () => hook.bodies.length === 2);
  // What saving costs is said before.
  await hasText(site, /Saving ends 1 visit that is open or waits for an answer/);
  expect(await complaints(site, "site")).toEqual([]);
  await look(site, "desk-settings-visit");
}, slow);
