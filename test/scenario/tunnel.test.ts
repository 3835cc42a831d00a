/* The tunnel: R56 dialled by the connector while a session wants it, through the proxies that there are; and what the technician
 * sees when a leg of the way is down. */
import { execFileSync } from "node:child_process";
import { request } from "node:https";
import { join } from "node:path";
import { expect, test } from "vitest";
import { browserMissing, openLocal } from "../harness/browser.ts";
import { Connector, offer, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import type { Site } from "../harness/api.ts";
import { LogDownload, logIn } from "../harness/log.ts";
import { root } from "../harness/place.ts";
import { PaperCut } from "../harness/papercut.ts";
import { needs } from "../harness/skip.ts";
import { SettingsPage, settingsUrl } from "../harness/settings.ts";
import { Squid } from "../harness/squid.ts";
import { until } from "../harness/until.ts";
import { openSession, SUFFIX, Visit } from "../harness/visit.ts";
import { ConnectProxy } from "../harness/way.ts";

const MIB = 1024 * 1024;

interface World {
  hub: Hub;
  provider: Provider;
  site: Site;
  connector: Connector;
  papercut: PaperCut;
}

/** `caFile`: whom the connector trusts, if that is not the hub's own authority. */
async function world(options: Source = {}, given?: Hub, caFile?: string): Promise<World> {
  const hub = given ?? (await Hub.start({ console_suffix: SUFFIX }));
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const connector = new Connector({ url: hub.url, caFile: caFile ?? hub.caFile });
  const { code } = await provider.api.invite(site);
  const enrolled = await connector.enroll(code, { ...papercut.source, ...options }, (await offer(hub, code)).agreement.sha256);
  expect(enrolled.code, enrolled.stderr).toBe(0);
  connector.run();
  const allowed = await connector.command("permissions", "console", "on");
  expect(allowed.code, allowed.stderr).toBe(0);
  await until("the hub knows", async () => (await provider.api.site(site.id)).permissions?.console === "on");
  return { hub, provider, site, connector, papercut };
}

/** The way is open as far as the site's connector, whatever its target says. */
async function answers(visit: Visit): Promise<boolean> {
  const page = await visit.get("/");
  return page.status < 500 || page.text.includes('<li class="ok">Connector at the site</li>');
}

const tunnels = (w: World, event: string) => w.connector.program!.stderr.split("\n").filter((l) => l.includes(`event=tunnel_${event}`));

test("R56 there is no tunnel until a session wants one, and it is one for all of them", async () => {
  const w = await world();
  expect(tunnels(w, "up")).toEqual([]);
  const first = await Visit.open(w.hub, w.provider, w.site);
  await first.get("/");
  expect(tunnels(w, "up")).toHaveLength(1);
  const second = await Visit.open(w.hub, w.provider, w.site);
  await second.get("/");
  expect(tunnels(w, "up")).toHaveLength(1);
  expect(tunnels(w, "failed")).toEqual([]);
});

test.for(["basic", "ntlm"] as const)("R67 the tunnel goes through a squid with %s, too", async (auth, ctx) => {
  needs(ctx, Squid.missing);
  const squid = await Squid.start({ auth });
  const w = await world({ "proxy.url": squid.url, "proxy.user": squid.user, "proxy.password": squid.password });
  const before = squid.accessLog.match(/TCP_TUNNEL\/200/g)!.length;
  const visit = await Visit.open(w.hub, w.provider, w.site);
  expect((await visit.get("/")).status).not.toBe(504);
  expect(tunnels(w, "up")).toHaveLength(1);
  await w.connector.program!.stop();
  // Squid writes a line when a tunnel has ended.
  await until("squid has let it through", () => squid.accessLog.match(/TCP_TUNNEL\/200/g)!.length > before);
});

test("R67 the tunnel goes through a proxy that is itself spoken to by TLS, both ways and to the last octet", async () => {
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const proxy = await ConnectProxy.start({}, { cert: hub.certFile, key: join(hub.dir, "ca/tls.key") });
  const w = await world({ "proxy.url": `https://localhost:${proxy.port}`, "proxy.ca_file": hub.caFile }, hub);
  w.papercut.change({ admin: { download_bytes: 64 * MIB } });
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await logIn(visit);
  const download = await LogDownload.begin(visit);
  expect([await download.over, download.bytes, download.wrong]).toEqual(["end", 64 * MIB, 0]);
  const upload = Buffer.alloc(8 * MIB);
  const sent = await visit.post("/app?service=direct/1/OptionsAdvanced/$Upload", upload, { origin: visit.origin.origin });
  expect(sent.text).toBe(`Received ${upload.length} octets`);
  expect(tunnels(w, "up")).toHaveLength(1);
  proxy.cut();
  await until("it is dialled again, without anyone's hand", () => answers(visit));
  expect(tunnels(w, "up")).toHaveLength(2);
});

test("a proxy that opens TLS and lets no protocol but WebSocket be switched to carries the tunnel as one", async (ctx) => {
  needs(ctx, Squid.missing);
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const lines = ["http_upgrade_request_protocols websocket allow all"];
  const squid = await Squid.start({ bump: { serverCa: hub.caFile }, lines });
  const w = await world({ "proxy.url": squid.url }, hub, squid.caFile);
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await until("the site answers", () => answers(visit));
  expect(tunnels(w, "up")).toEqual([expect.stringContaining("framed=1")]);
  expect(tunnels(w, "failed")).toEqual([]);
});

test("a proxy that lets nothing be switched to is named as the cause", async (ctx) => {
  needs(ctx, Squid.missing);
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const squid = await Squid.start({ bump: { serverCa: hub.caFile } });
  const w = await world({ "proxy.url": squid.url }, hub, squid.caFile);
  await openSession(w.provider, w.site);
  await until("the connector says so", () => tunnels(w, "failed").some((l) => l.includes("code=not_hub")));
  expect(tunnels(w, "up")).toEqual([]);
});

test("where nothing but the connector's first connection gets through, the site is told so, and the visitor where to look", async (ctx) => {
  needs(ctx, browserMissing());
  const hub = await Hub.start({ console_suffix: SUFFIX });
  const proxy = await ConnectProxy.start();
  const w = await world({ "proxy.url": `http://localhost:${proxy.port}` }, hub);
  const page = await SettingsPage.open(w.connector);
  expect((await page.state()).line).toMatchObject({ online: true, tunnel_failure: null });
  proxy.behave = { answer: () => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" };
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await until("the page at the site knows", async () => (await page.state()).line.tunnel_failure);
  expect((await page.state()).line.online).toBe(true);
  const url = await settingsUrl(w.connector);
  const browser = await openLocal(url.origin);
  await browser.goto(url.href);
  await browser.getByText("the second connection, which visits go through, does not come about").waitFor();
  const typed = await w.connector.command("status", "--language", "en");
  expect(typed.stdout).toContain("A visit is open, but the second connection to the hub");
  const away = await visit.get("/");
  expect([away.status, away.text.includes("lets no second connection through")]).toEqual([502, true]);
  proxy.behave = {};
  await until("the site answers", () => answers(visit));
  expect((await page.state()).line).toMatchObject({ online: true, tunnel_failure: null });
  await browser.getByText("does not come about").waitFor({ state: "detached" });
});

test("a hub that is restarted in the midst of a session has the tunnel back without anyone's hand", async () => {
  const w = await world();
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await until("the site answers", () => answers(visit));
  await w.hub.program.stop();
  await w.hub.serve();
  await until("it answers again", () => answers(visit));
  expect(tunnels(w, "up").length).toBeGreaterThan(1);
});

test("a frozen connector gives a page that says so within 15 s, and goes on when it lives again", async () => {
  const w = await world();
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await visit.get("/");
  w.connector.program!.child.kill("SIGSTOP");
  const page = await visit.get("/", { "accept-language": "de" });
  w.connector.program!.child.kill("SIGCONT");
  expect(page.status).toBe(504);
  expect(page.text).toContain('<li class="down">Connector am Standort</li>');
  await until("it answers again", async () => (await visit.get("/")).status !== 504);
});

test("a connector that is gone gives a page that says so; when it is back its visits are over, and the next one opens", async () => {
  const w = await world();
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await visit.get("/");
  await w.connector.program!.kill9();
  const page = await visit.get("/");
  expect(page.status).toBe(502);
  expect(page.text).toContain('<li class="down">Connector at the site</li>');
  w.connector.run();
  const over = await until("the page says that it is over", async () => {
    const p = await visit.get("/");
    return p.status === 410 && p;
  });
  expect(over.text).toMatch(/session (is over|has ended)/i);
  const next = await Visit.open(w.hub, w.provider, w.site);
  await until("the site answers", () => answers(next));
});

test("a hub that was frozen goes on where it was: the visit is open, and answers", async () => {
  const w = await world();
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await until("the site answers", () => answers(visit));
  w.hub.program.freeze();
  const meanwhile = visit.get("/"); // it waits; nobody else could answer it
  await new Promise((done) => setTimeout(done, 5000));
  w.hub.program.thaw();
  expect((await meanwhile).status).toBeLessThan(503);
  await until("it answers", () => answers(visit));
});

test("an upload that a hub was stopped in the midst of, for longer than a browser may be silent, is heard to its end", async () => {
  const w = await world();
  const visit = await Visit.open(w.hub, w.provider, w.site);
  await logIn(visit);
  const path = "/app?service=direct/1/OptionsAdvanced/$Upload";
  const options = { ...visit.where(path), method: "POST" };
  const upload = request({ ...options, headers: { ...options.headers, origin: visit.origin.origin, "content-length": String(2 * MIB) } });
  const answered = new Promise<string>((done, failed) => {
    upload.on("response", (res) => {
      let text = `${res.statusCode} `;
      res.setEncoding("utf8").on("data", (d: string) => (text += d)).on("end", () => done(text));
    });
    upload.on("error", failed);
  });
  await new Promise((done) => upload.write(Buffer.alloc(MIB), done));
  w.hub.program.freeze();
  upload.end(Buffer.alloc(MIB));
  await new Promise((done) => setTimeout(done, 21_000));
  w.hub.program.thaw();
  expect(await answered).toBe(`200 Received ${2 * MIB} octets`);
});

test("names below the suffix are nothing but sessions, and the API's name is none", async () => {
  const w = await world();
  const session = await openSession(w.provider, w.site);
  const visit = new Visit(session, new URL(`https://nobody.${SUFFIX}:${new URL(w.hub.url).port}`), w.hub.ca);
  const page = await visit.get("/api/v1/me");
  expect(page.status).toBe(404);
  expect(page.text).toContain("There is no such session.");
  expect((await visit.get("/healthz")).status).toBe(404);
  // A connection that was made for one name answers for no other.
  expect((await visit.get("/", { host: new URL(w.hub.url).host })).status).toBe(421);
});

test("a hub without a certificate for the names of sessions says so and opens none", async () => {
  const w = await world();
  await w.hub.program.stop();
  execFileSync(join(root, "tools/dev-ca"), [join(w.hub.dir, "ca")]);
  await w.hub.serve();
  expect(w.hub.program.stderr).toContain("event=no_sessions");
});
