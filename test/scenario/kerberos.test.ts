/* R67 through a proxy that lets in who has a Kerberos ticket: a real key server, a real squid. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Connector, type Source } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { Kerberos, kerberosMissing } from "../harness/kerberos.ts";
import { PaperCut } from "../harness/papercut.ts";
import { programs } from "../harness/place.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { Squid } from "../harness/squid.ts";
import { SettingsPage } from "../harness/settings.ts";
import { until } from "../harness/until.ts";

const proxyOf = (squid: Squid): Source => ({ "proxy.url": `http://localhost:${squid.port}`, "proxy.auth": "negotiate" });

test("R67 through a real squid with Kerberos, by the account's ticket and nothing else", async (ctx) => {
  needs(ctx, Squid.missing, kerberosMissing());
  const kerberos = await Kerberos.start();
  const squid = await Squid.start({ auth: kerberos });
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  kerberos.logIn();
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...proxyOf(squid) }, kerberos.env);
  await until("the site has reported", async () => (await provider.api.site(site.id)).status === "ok");
  expect(squid.accessLog).toMatch(new RegExp(`TCP_TUNNEL/200 .* CONNECT localhost:${new URL(hub.url).port} ${kerberos.user} `));
  expect(c.read("connector.conf")).not.toMatch(/proxy\.(user|password)/);

  await c.program!.stop();
  kerberos.logOut();
  c.run(kerberos.env);
  await until("it is said that the proxy wants a login", async () => (await c.command("status")).stdout.includes("The proxy wants another user or password."));
  kerberos.logIn();
  await until("it is online again by itself", async () => (await c.status<{ online: boolean }>()).online, 40_000);
});

test("R67 a key server that is silent keeps the connector from nothing but its hub", async (ctx) => {
  needs(ctx, Squid.missing, kerberosMissing());
  const kerberos = await Kerberos.start();
  const squid = await Squid.start({ auth: kerberos });
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  kerberos.logIn();
  const c = await Connector.forSite(hub, provider, site, { ...papercut.source, ...proxyOf(squid) }, kerberos.env);
  await until("it has reported", async () => (await provider.api.site(site.id)).status === "ok");
  await c.program!.stop();
  kerberos.logOut();
  kerberos.logIn(); // nothing but the first ticket, which is no good to a proxy
  await kerberos.silence();
  c.run(kerberos.env);
  const page = await SettingsPage.open(c);
  await until("it asks for a ticket", () => tickets(c.program!.child.pid!).length > 0);
  for (let i = 0; i < 10; i++) {
    const begun = Date.now();
    await page.turn("mfp", i % 2 ? "off" : "ask");
    expect(Date.now() - begun).toBeLessThan(2000);
  }
  const asking = tickets(c.program!.child.pid!);
  expect(asking.length).toBeGreaterThan(0);
  const begun = Date.now();
  await c.program!.stop();
  expect(Date.now() - begun).toBeLessThan(5000);
  for (const pid of asking) expect(existsSync(`/proc/${pid}`)).toBe(false);
});

/** The processes that it has started to get a ticket. */
function tickets(parent: number): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(parent) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("proxy-ticket");
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

test("R67 doctor tells a missing ticket from a key server that is gone", async (ctx) => {
  needs(ctx, Squid.missing, kerberosMissing());
  const kerberos = await Kerberos.start();
  const squid = await Squid.start({ auth: kerberos });
  const hub = await Hub.start();
  const sets = Object.entries(proxyOf(squid)).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const verdict = async () => {
    const r = await Program.run(programs.connector, ["doctor", "--hub", hub.url, "--ca", hub.caFile, "--json", ...sets], { env: kerberos.env });
    return (JSON.parse(r.stdout) as { checks: { check: string; verdict: string; code: string }[] }).checks.find((v) => v.check === "proxy");
  };
  expect(await verdict()).toMatchObject({ verdict: "fail", code: "login" });
  kerberos.logIn();
  expect(await verdict()).toMatchObject({ verdict: "ok", code: "ok" });
  kerberos.logOut();
  kerberos.logIn();
  await kerberos.program.stop();
  expect(await verdict()).toMatchObject({ verdict: "fail", code: "login" });
});
