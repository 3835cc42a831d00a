/* How a site gets its connector: the code, the agreement, the consent, and what is sent before it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Connector, offer, sha256 } from "../harness/connector.ts";
import { CODE, HostileHub, json, newId } from "../harness/hostile.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { until } from "../harness/until.ts";
import { HandConnector } from "../harness/wire.ts";

const DAY_MS = 86_400_000;

test("R13 before anything else the connector shows who invites, for which site, and the whole agreement", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const shown = await offer(hub, code);
  expect(shown).toMatchObject({ provider: "ACME Print", customer: "Example Works", site: "Head office", region: "de" });
  expect(sha256(shown.agreement.text)).toBe(shown.agreement.sha256);
  expect(shown.agreement.text).toContain("ACME Print");
  const c = new Connector(hub);
  const r = await c.enroll(code, { "source.kind": "papercut" }, undefined, `${code}\nno\n`);
  expect(r.code).toBe(3);
  expect(r.stdout + r.stderr).toContain("ACME Print");
  expect(r.stdout + r.stderr).toContain("Head office");
});

test("R12 refusing leaves nothing behind, neither here nor at the hub", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new Connector(hub);
  const r = await c.enroll(code, { "source.kind": "papercut" }, undefined, `${code}\nno\n`);
  expect(r.code).toBe(3);
  expect(existsSync(c.dir) ? readdirSync(c.dir) : []).toEqual([]);
  expect(await provider.api.site(site.id)).toMatchObject({ status: "never_connected", connector: null, consent: null });
});

test("R12 unattended enrolment needs the hash of the very agreement that is offered", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const c = new Connector(hub);
  const r = await c.enroll(code, { "source.kind": "papercut" }, sha256("another text"));
  expect(r.code).not.toBe(0);
  expect(c.enrolled).toBe(false);
});

test("R14 nothing but the code leaves the machine before consent", async () => {
  const hub = await Hub.start(); // gives a certificate; the connector talks to the listener below
  const seen: { path: string; headers: string[]; body: unknown }[] = [];
  const listener = createServer(
    { cert: readFileSync(hub.certFile), key: readFileSync(join(hub.dir, "ca/tls.key")) },
    (req, res) => {
      let body = "";
      req.on("data", (d) => (body += d));
      req.on("end", () => {
        seen.push({ path: `${req.method} ${req.url}`, headers: Object.keys(req.headers).sort(), body: JSON.parse(body || "null") });
        const text = "The agreement";
        const agreement = { version: 1, language: "en", sha256: sha256(text), text };
        res.setHeader("content-type", "application/json");
        res.end(JSON.stringify({ provider: "P", customer: "C", site: "S", region: "de", agreement, schema_min: 1, schema_max: 1, replaces: false }));
      });
    },
  );
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  onTestFinished(() => void listener.close());
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const url = `https://localhost:${(listener.address() as { port: number }).port}`;
  const c = new Connector({ url, caFile: hub.caFile });
  const r = await c.enroll(code, { "source.kind": "papercut" }, undefined, `${code}\nno\n`);
  expect(r.code).toBe(3);
  expect(seen.map((s) => s.path)).toEqual(["POST /c/v1/invitation"]);
  expect(Object.keys(seen[0]!.body as object).sort()).toEqual(["code", "language"]);
  expect(seen[0]!.headers.filter((h) => !["accept", "accept-encoding", "connection", "content-digest", "content-encoding", "content-length", "content-type", "date", "host", "user-agent"].includes(h))).toEqual([]);
});

test("R14 consent is recorded on both sides, bound to the agreement's text", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const invitation = await provider.api.invite(site);
  const { agreement } = await offer(hub, invitation.code);
  const c = new Connector(hub);
  const r = await c.enroll(invitation.code, papercut.source, agreement.sha256);
  expect(r).toMatchObject({ code: 0 });
  const there = (await provider.api.site(site.id)).consent!;
  expect(there).toMatchObject({ version: agreement.version, sha256: agreement.sha256 });
  const here = JSON.parse(c.read("consent.json"));
  expect(JSON.stringify(here)).toContain(agreement.sha256);
  expect(Math.abs(Date.parse(there.at) - Date.now())).toBeLessThan(60_000);
});

test("R68 a code works once, and each way to be refused has a name of its own", async () => {
  const hub = await Hub.start();
  const { provider, customer, site } = await newSite(hub);
  const api = provider.api;
  const refused = async (code: string) => {
    const a = await hub.http().json<{ code: string }>("POST", "/c/v1/invitation", { code, language: "en" });
    return `${a.status} ${a.body.code}`;
  };

  const used = await api.invite(site);
  const first = new HandConnector(hub);
  const shown = await offer(hub, used.code);
  await first.enroll(used.code, shown);
  expect(await refused(used.code)).toBe("409 code_used");
  const second = new HandConnector(hub);
  const again = await second.send(second.enrollCall(used.code, shown));
  expect([again.status, again.body.code]).toEqual([409, "code_used"]);
  // The same key again is the same enrolment: its answer may have been lost on the way.
  expect((await first.send(first.enrollCall(used.code, shown))).status).toBe(200);

  const other = await api.makeSite(customer, "Workshop");
  const revoked = await api.invite(other);
  await api.revokeInvitation(other, revoked);
  expect(await refused(revoked.code)).toBe("410 code_revoked");

  expect(await refused("DE-0000-0000-0000-0000-00")).toMatch(/^(404 code_unknown|400 code_mistyped)$/);
  const fresh = await api.invite(other);
  const last = fresh.code.at(-1) === "0" ? "1" : "0";
  expect(await refused(fresh.code.slice(0, -1) + last)).toMatch(/^(404 code_unknown|400 code_mistyped)$/);

  hub.setClock(15 * DAY_MS);
  expect(await refused(fresh.code)).toBe("410 code_expired");
});

test("R68 an enrolment leaves no older code of the site that could take it over, and one made later can", async () => {
  const hub = await Hub.start();
  const { provider, customer, site } = await newSite(hub);
  const api = provider.api;
  const elsewhere = await api.invite(await api.makeSite(customer, "Workshop"));
  const astray = await api.invite(site);
  const right = await api.invite(site);
  const later = await api.invite(site);
  const shown = await offer(hub, right.code);
  await new HandConnector(hub).enroll(right.code, shown);
  const thief = new HandConnector(hub);
  const refused = await thief.send(thief.enrollCall(astray.code, shown));
  expect([refused.status, refused.body.code]).toEqual([410, "code_revoked"]);
  expect((await api.site(site.id)).invitation).toMatchObject({ id: later.id });
  expect(await offer(hub, later.code)).toMatchObject({ site: site.name });
  expect(await offer(hub, elsewhere.code)).toMatchObject({ site: "Workshop" });
  await new HandConnector(hub).enroll(later.code, shown);
  expect((await api.site(site.id)).invitation).toBeNull();
});

test("R68 a mistyped code is told apart by the connector itself", async () => {
  const hub = await Hub.start();
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const wrong = code.slice(0, -1) + (code.at(-1) === "0" ? "1" : "0");
  const c = new Connector(hub);
  const r = await c.enroll(wrong, { "source.kind": "papercut" }, "0".repeat(64));
  expect(r.code).toBe(1);
  expect(r.stderr).toMatch(/mistyped/i);
  expect(c.enrolled).toBe(false);
});

test("R66 what the connector keeps is for its own account only", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("it runs", async () => existsSync(join(c.dir, "status.json")));
  for (const name of ["key.pem", "site.secret", "connector.conf"])
    expect(`${name} ${(statSync(join(c.dir, name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
});

test("R13 a hub's names move no cursor, hide nothing, say no line of their own, and stay what was agreed to", async () => {
  const hub = await HostileHub.start();
  const nasty = { provider: "ACME\u001b[2J \u202etnirP\n  Region:   nowhere", customer: "\u009b31mWorks\u200b", site: "Head\toffice\u2066", region: "d\u001be" };
  hub.misdeed = (call, res) => {
    if (call.path === "/c/v1/invitation") return json(res, { ...nasty, agreement: hub.agreement, schema_min: 1, schema_max: 2, replaces: false });
    if (call.path !== "/c/v1/enroll") return false;
    const ids = { site_id: newId("site"), connector_id: newId("conn") };
    return json(res, { ...ids, provider: "Somebody Else", region: "xx", poll_hold_s: 2, schema_min: 1, schema_max: 2 });
  };
  const c = new Connector(hub);
  const r = await c.enroll(CODE, {}, hub.agreement.sha256);
  expect(r.code, r.stderr).toBe(0);
  const said = [r, await c.command("status"), await c.command("permissions"), await c.command("doctor"), await c.command("status", "--json")];
  const bad = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;
  expect(said.map((s) => bad.exec(s.stdout + s.stderr)?.[0] ?? "")).toEqual(said.map(() => ""));
  expect(said[0]!.stdout).not.toMatch(/^ *Region: *nowhere/m);
  expect(JSON.parse(c.read("state.json"))).toMatchObject({ provider: "ACME [2J tnirP   Region:   nowhere", customer: "31mWorks", region: "d e" });
  expect(said.map((s) => s.stdout).join()).not.toContain("Somebody Else");

  hub.misdeed = (call, res) =>
    call.path === "/c/v1/invitation" && json(res, { ...nasty, provider: "\u202e\u200b", agreement: hub.agreement, schema_min: 1, schema_max: 2, replaces: false });
  const nameless = new Connector(hub);
  expect(await nameless.enroll(CODE, {}, hub.agreement.sha256)).toMatchObject({ code: 1 });
  expect(nameless.enrolled).toBe(false);
});
