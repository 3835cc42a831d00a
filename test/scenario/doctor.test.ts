/* `doctor`: one verdict a line about this machine, the way, the hub and the print server. */
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { freePort, programs } from "../harness/place.ts";
import { Program, type Result } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { Squid } from "../harness/squid.ts";
import { until } from "../harness/until.ts";
import { ConnectProxy, SocksProxy } from "../harness/way.ts";

interface Verdicts {
  code: number | null;
  text: string;
  /** "fail login" by check. */
  of: Record<string, string>;
}

interface Json {
  ok: boolean;
  checks: { check: string; verdict: string; code: string; text: string }[];
}

async function doctor(args: string[], input = "", env: Record<string, string> = {}): Promise<Verdicts> {
  const r: Result = await Program.run(programs.connector, ["doctor", "--json", ...args], { input, env });
  if (r.stdout === "") throw new Error(`doctor: ${r.code}: ${r.stderr}`);
  const { ok, checks } = JSON.parse(r.stdout) as Json;
  expect(ok).toBe(r.code === 0);
  return {
    code: r.code,
    text: r.stdout + r.stderr,
    of: Object.fromEntries(checks.map((c) => [c.check, `${c.verdict} ${c.code}`])),
  };
}

/** The source is none of these tests' business unless they say so. */
const NO_SOURCE = ["--set", "source.papercut.url=http://127.0.0.1:1"];

function before(hub: { url: string; caFile: string }, ...set: string[]): string[] {
  return ["--hub", hub.url, "--ca", hub.caFile, ...NO_SOURCE, ...set.flatMap((s) => ["--set", s])];
}

test("on an enrolled machine where all is well every verdict is ok, in the words of its language", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  await until("it is online", async () => (await c.status<{ online: boolean }>()).online);
  const v = await doctor(["--dir", c.dir]);
  const memory = v.of.memory;
  delete v.of.memory; // the machine's own
  expect(memory).toMatch(/^(ok ok|warn swap)$/);
  expect(v.of).toEqual({
    folder: "ok ok",
    private: "ok ok",
    config: "ok ok",
    enrolment: "ok ok",
    service: "ok ok",
    names: "ok ok",
    proxy: "ok none",
    reach: "ok ok",
    tls: "ok ok",
    interception: "ok ok",
    hub: "ok ok",
    clock: "ok ok",
    invitation: "ok ok",
    key: "ok ok",
    source: "ok ok",
  });
  expect(v.code).toBe(0);
  expect(v.text).not.toContain(papercut.key);
  const words = await c.command("doctor", "--language", "de");
  expect(words.stdout).toMatch(/^ok {3}tls {10}Die Verbindung ist mit TLSv1\.3 verschlüsselt\.$/m);
  // It has taken nothing from the connector that runs, and left nothing behind.
  expect((await provider.api.site(site.id)).status).toBe("ok");
  expect((await c.status<{ online: boolean }>()).online).toBe(true);
});

test("what is wrong on the machine is named: key, files that others read, settings, a service that is not there", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, "source.papercut.key": "x".repeat(32) });
  await until("it runs", async () => (await c.status<{ online: boolean }>()).online);
  await c.program!.stop();
  chmodSync(join(c.dir, "connector.conf"), 0o644);
  const v = await doctor(["--dir", c.dir]);
  expect(v.of).toMatchObject({ private: "fail open", service: "warn stopped", source: "fail key_refused", key: "ok ok" });
  expect(v.code).toBe(1);
  expect(v.text).not.toContain("x".repeat(32));
  chmodSync(join(c.dir, "connector.conf"), 0o600);
  for (const open of ["outbox", "consent.json", "state.json"]) {
    const { mode } = statSync(join(c.dir, open));
    chmodSync(join(c.dir, open), mode | 0o005);
    const seen = await doctor(["--dir", c.dir]);
    expect(seen.of).toMatchObject({ private: "fail open" });
    expect(seen.text).toContain(open);
    chmodSync(join(c.dir, open), mode);
  }

  await provider.api.revokeConnector(site);
  expect((await doctor(["--dir", c.dir])).of).toMatchObject({ key: "fail failed" });

  writeFileSync(join(c.dir, "connector.conf"), "hub.colour = red\n");
  const bad = await doctor(["--dir", c.dir]);
  expect(bad.of).toMatchObject({ config: "fail bad" });
  expect(bad.of.names).toBeUndefined();
});

test("before enrolment it needs the hub's address alone", async () => {
  const hub = await Hub.start();
  const v = await doctor(before(hub));
  expect(v.of).toMatchObject({ names: "ok ok", hub: "ok ok", invitation: "ok ok", source: "fail unreachable" });
  expect(v.of.folder).toBeUndefined();
  expect(v.code).toBe(1);
  const unknown = await doctor(before({ url: "https://hub.invalid", caFile: hub.caFile }));
  expect(unknown.of).toMatchObject({ names: "fail unknown" });
  expect(unknown.of.reach).toBeUndefined();
  const closed = await doctor(before({ url: `https://localhost:${await freePort()}`, caFile: hub.caFile }));
  expect(closed.of).toMatchObject({ names: "ok ok", reach: "fail unreachable" });
  expect(closed.of.tls).toBeUndefined();
});

test("R67 proxies: a wrong login, a refusal, one that is not there, exceptions, SOCKS5", async (ctx) => {
  needs(ctx, Squid.missing);
  const hub = await Hub.start();
  const squid = await Squid.start({ auth: "basic" });
  const login = [...before(hub, `proxy.url=${squid.url}`, "proxy.user=joe"), "--secret", "proxy.password"];
  const good = await doctor(login, `${squid.password}\n`);
  expect(good.of).toMatchObject({ names: "ok proxy", proxy: "ok ok", hub: "ok ok" });
  const wrong = await doctor(login, "geheim\n");
  expect(wrong.of).toMatchObject({ proxy: "fail login" });
  expect(wrong.of.reach).toBeUndefined();
  expect(good.text + wrong.text).not.toMatch(new RegExp(`geheim|${squid.password}`));

  const refusing = await ConnectProxy.start({ answer: () => "HTTP/1.1 403 No\r\n\r\n" });
  const refused = await doctor(before(hub, `proxy.url=http://127.0.0.1:${refusing.port}`));
  expect(refused.of).toMatchObject({ proxy: "fail refused" });
  expect(refused.text).toContain("403");
  const endless = await ConnectProxy.start({ answer: () => `HTTP/1.1 200 OK\r\n${`X: ${"x".repeat(1000)}\r\n`.repeat(2000)}` });
  const never = await doctor(before(hub, `proxy.url=http://127.0.0.1:${endless.port}`));
  expect(never.of).toMatchObject({ proxy: "fail unreachable" });
  expect(never.of.tls).toBeUndefined();
  const absent = await doctor(before(hub, "proxy.url=http://127.0.0.1:1"));
  expect(absent.of).toMatchObject({ proxy: "fail unreachable" });
  const env = { https_proxy: "http://127.0.0.1:1", no_proxy: "localhost" };
  expect((await doctor(before(hub), "", env)).of).toMatchObject({ proxy: "ok exempt", hub: "ok ok" });
  const socks = await SocksProxy.start();
  expect((await doctor(before(hub, `proxy.url=socks5://127.0.0.1:${socks.port}`))).of).toMatchObject({ proxy: "ok ok", hub: "ok ok" });
});

test("R53 what opens TLS on the way is named by who signed its certificate", async (ctx) => {
  needs(ctx, Squid.missing);
  const hub = await Hub.start();
  const squid = await Squid.start({ bump: { serverCa: hub.caFile } });
  const v = await doctor(before(hub, `proxy.url=${squid.url}`));
  expect(v.of).toMatchObject({ proxy: "ok ok", reach: "ok ok", interception: "fail untrusted" });
  expect(v.of.hub).toBeUndefined();
  expect(v.text).toContain(squid.caName);
  const trusting = await doctor(before({ url: hub.url, caFile: squid.caFile }, `proxy.url=${squid.url}`));
  expect(trusting.of).toMatchObject({ interception: "ok ok", hub: "ok ok" });
  expect(trusting.text).toContain(squid.caName);
});

test("a clock that is off, and a login page in the hub's place, are told apart", async () => {
  const hub = await Hub.start();
  hub.setClock(3_600_000);
  await until("the hub has the new time", async () => (await doctor(before(hub))).of.clock === "warn off");

  const portal = createServer({ cert: readFileSync(hub.certFile), key: readFileSync(join(hub.dir, "ca/tls.key")) }, (_, res) =>
    res.setHeader("content-type", "text/html").end("<html>Please log in</html>"),
  );
  await new Promise<void>((done) => portal.listen(0, "127.0.0.1", done));
  onTestFinished(() => void portal.close());
  const url = `https://localhost:${(portal.address() as { port: number }).port}`;
  const v = await doctor(before({ url, caFile: hub.caFile }));
  expect(v.of).toMatchObject({ tls: "ok ok", hub: "fail other" });
  expect(v.of.invitation).toBeUndefined();
});
