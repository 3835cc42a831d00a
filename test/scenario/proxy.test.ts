/* The way out of a site: R67 through the proxy that was configured, without one when none is set. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector, offer, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Site } from "../harness/api.ts";
import { Island } from "../harness/island.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { Squid } from "../harness/squid.ts";
import { until } from "../harness/until.ts";
import { ConnectProxy, SocksProxy } from "../harness/way.ts";

interface World {
  hub: Hub;
  papercut: PaperCut;
  provider: Provider;
  site: Site;
}

async function world(): Promise<World> {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  return { hub, papercut, provider, site };
}

/** Enrols and runs with these options, and waits until the provider sees the print server. */
async function connect(w: World, options: Source, env: Record<string, string> = {}): Promise<Connector> {
  const c = await Connector.forSite(w.hub, w.provider, w.site, { ...w.papercut.source, ...options }, env);
  await until("the site has reported", async () => (await w.provider.api.site(w.site.id)).status === "ok");
  await until("the connector says so", async () => (await c.status<{ online: boolean }>()).online);
  return c;
}

/** Nothing that a person or a program is shown, and nothing on a command line, holds the secret. */
async function keepsSecret(c: Connector, secret: string): Promise<void> {
  const shown = [
    c.program!.stderr,
    c.program!.stdout,
    readFileSync(`/proc/${c.program!.child.pid}/cmdline`, "utf8"),
    readFileSync(join(c.dir, "status.json"), "utf8"),
    readFileSync(join(c.dir, "state.json"), "utf8"),
    (await c.command("status")).stdout,
    (await c.command("status", "--json")).stdout,
  ].join("\n");
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain(Buffer.from(secret).toString("base64"));
}

test("R67 through a real squid with Basic, from the enrolment on, and R66 its password is shown nowhere", async (ctx) => {
  needs(ctx, Squid.missing);
  const squid = await Squid.start({ auth: "basic" });
  const w = await world();
  const c = await connect(w, {
    "proxy.url": squid.url,
    "proxy.user": squid.user,
    "proxy.password": squid.password,
    "log.level": "debug",
  });
  expect(squid.accessLog).toMatch(new RegExp(`TCP_TUNNEL/200 .* CONNECT localhost:${new URL(w.hub.url).port} joe `));
  expect((await c.command("status")).stdout).toContain(`Proxy: ${squid.url} (from connector.conf)`);
  await keepsSecret(c, squid.password);
  // Print servers are reached without it.
  expect(squid.accessLog).not.toContain(new URL(w.papercut.url).port);
});

test("R67 through a real squid with NTLM", async (ctx) => {
  needs(ctx, Squid.missing);
  const squid = await Squid.start({ auth: "ntlm" });
  const w = await world();
  const c = await connect(w, { "proxy.url": squid.url, "proxy.user": squid.user, "proxy.password": squid.password });
  expect(squid.accessLog).toMatch(/TCP_DENIED\/407/);
  expect(squid.accessLog).toMatch(/TCP_TUNNEL\/200 .* CONNECT .*joe/);
  await keepsSecret(c, squid.password);
});

test("R67 a site that has no way out but the proxy, and no names of the outside, connects", async (ctx) => {
  needs(ctx, Squid.missing, Island.missing);
  const island = Island.make();
  const squid = await Squid.start({ auth: "basic", address: island.ours });
  const hub = await Hub.start();
  const papercut = await PaperCut.start({}, { inside: island.inside });
  const { provider, site } = await newSite(hub);
  const { code } = await provider.api.invite(site);
  const { sha256 } = (await offer(hub, code)).agreement;
  const way = { "proxy.url": squid.url, "proxy.user": squid.user, "proxy.password": squid.password };

  const astray = new Connector(hub);
  astray.inside = island.inside;
  const r = await astray.enroll(code, { ...papercut.source, "proxy.url": "none" }, sha256);
  expect(r).toMatchObject({ code: 1 });
  const c = new Connector(hub);
  c.inside = island.inside;
  expect(await c.enroll(code, { ...papercut.source, ...way }, sha256)).toMatchObject({ code: 0 });
  c.run();
  await until("the site has reported", async () => (await provider.api.site(site.id)).status === "ok");
});

test("R67 a proxy that wants another password is named as the cause, and nothing is stored", async (ctx) => {
  needs(ctx, Squid.missing);
  const squid = await Squid.start({ auth: "basic" });
  const w = await world();
  const { code } = await w.provider.api.invite(w.site);
  const c = new Connector(w.hub);
  const options = { "proxy.url": squid.url, "proxy.user": squid.user, "proxy.password": "wrong-geheim" };
  const r = await c.enroll(code, { ...w.papercut.source, ...options }, (await offer(w.hub, code)).agreement.sha256);
  expect(r.code).toBe(1);
  expect(r.stderr).toContain("The proxy wants another user or password.");
  expect(r.stderr + r.stdout).not.toContain("geheim");
  expect(c.enrolled).toBe(false);
});

test("R66 a secret on the command line is refused", async () => {
  const w = await world();
  const { code } = await w.provider.api.invite(w.site);
  const c = new Connector(w.hub);
  const r = await c.enroll(code, { "proxy.url": "http://127.0.0.1:1", "proxy.user": "joe", " proxy.password": "geheim" }, "0".repeat(64));
  expect(r.code).toBe(2);
  expect(r.stderr).toContain("--secret proxy.password");
  expect(r.stderr).not.toContain("geheim");
});

test("R67 through SOCKS5, and the hub's name is resolved by the proxy", async () => {
  const socks = await SocksProxy.start();
  const w = await world();
  await connect(w, { "proxy.url": `socks5://127.0.0.1:${socks.port}` });
  expect(new Set(socks.asked)).toEqual(new Set([`localhost:${new URL(w.hub.url).port}`]));
});

test("R67 through SOCKS5 with user and password", async () => {
  const users = { user: "joe", password: "socks-geheim" };
  const socks = await SocksProxy.start(users);
  const w = await world();
  const c = await connect(w, {
    "proxy.url": `socks5://127.0.0.1:${socks.port}`,
    "proxy.user": users.user,
    "proxy.password": users.password,
  });
  await keepsSecret(c, users.password);
});

test("R67 through a proxy that is itself spoken to by TLS, and R53 that is verified", async () => {
  const w = await world();
  const proxy = await ConnectProxy.start({}, { cert: w.hub.certFile, key: join(w.hub.dir, "ca/tls.key") });
  const url = `https://localhost:${proxy.port}`;
  const { code } = await w.provider.api.invite(w.site);
  const r = await new Connector(w.hub).enroll(code, { "proxy.url": url }, "0".repeat(64));
  expect(r.code).toBe(1);
  expect(proxy.asked).toEqual([]);
  await connect(w, { "proxy.url": url, "proxy.ca_file": w.hub.caFile });
  expect(proxy.asked.length).toBeGreaterThan(0);
});

test("R67 the environment's proxy is taken if the file says nothing, with its exceptions", async () => {
  const proxy = await ConnectProxy.start();
  const w = await world();
  const env = { https_proxy: `http://joe:env-geheim@127.0.0.1:${proxy.port}` };
  const c = await connect(w, {}, env);
  expect(proxy.asked.length).toBeGreaterThan(0);
  expect((await c.command("status")).stdout).toContain(`Proxy: http://127.0.0.1:${proxy.port} (from https_proxy)`);
  await keepsSecret(c, "env-geheim");
  // R63: what was not configured is not stored.
  expect(c.read("connector.conf")).not.toContain("proxy");
  await c.program!.stop();

  const before = proxy.asked.length;
  const online = async () => (await c.status<{ online: boolean }>()).online;
  c.run({ ...env, no_proxy: "localhost" });
  await until("it is online without", online);
  await c.program!.stop();
  expect(proxy.asked.length).toBe(before);
  c.run(env);
  await until("it is online by the proxy", async () => proxy.asked.length > before && (await online()));
});

test("R53 a proxy that opens TLS gets nothing, unless the customer trusts it", async (ctx) => {
  needs(ctx, Squid.missing);
  const w = await world();
  const squid = await Squid.start({ bump: { serverCa: w.hub.caFile } });
  const { code } = await w.provider.api.invite(w.site);
  const c = new Connector(w.hub);
  const r = await c.enroll(code, { ...w.papercut.source, "proxy.url": squid.url }, "0".repeat(64));
  expect(r.code).toBe(1);
  expect(r.stderr).toContain("not one that is trusted here");
  expect(squid.accessLog).not.toContain("/c/v1/invitation");

  const trusting = new Connector({ url: w.hub.url, caFile: squid.caFile });
  const { sha256 } = (await offer(w.hub, code)).agreement;
  expect(await trusting.enroll(code, { ...w.papercut.source, "proxy.url": squid.url }, sha256)).toMatchObject({ code: 0 });
  trusting.run();
  await until("the site has reported", async () => (await w.provider.api.site(w.site.id)).status === "ok");
  // Squid writes its line when the answer has ended.
  await until("squid has noted it", () => squid.accessLog.includes("/c/v1/reports"));
});
