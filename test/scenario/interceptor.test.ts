/* Proxies that open TLS, pass nothing but whole messages, and have a will of their own: R67 polls and reports get through, what
 * is shown of the line is true, and nobody has to help. */
import { expect, test } from "vitest";
import type { Site } from "../harness/api.ts";
import { Connector, offer, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { Interceptor, type InnerMisbehaviour } from "../harness/interceptor.ts";
import { PaperCut } from "../harness/papercut.ts";
import { always, until } from "../harness/until.ts";
import { ConnectProxy, NtlmProxy } from "../harness/way.ts";

/** A dead line is found within this time, on both sides (docs/protocol.md section 2). */
const FOUND_MS = 35_000;
/** The longest wait of the back-off, and a try. */
const BACK_MS = 17_000;

const WHO = "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n";
/** The answer of one that then hangs up, and of one that goes on waiting for another request. */
const WHO_LAST = `${WHO}Connection: close\r\n\r\n`;
const WHO_KEPT = `${WHO}\r\n`;
const USER = { "proxy.user": "joe", "proxy.password": "geheim" };

interface Run {
  online: boolean;
  run: { failure?: string | null; reported_at?: string | null; spooled: number };
}

interface Line {
  hub: Hub;
  papercut: PaperCut;
  provider: Provider;
  site: Site;
  connector: Connector;
  status: () => Promise<Run>;
  polls: () => Promise<number>;
}

/** Enrols and runs through the proxy, trusting `caFile`, and waits until both sides say that they see each other. */
async function line(hub: Hub, proxy: ConnectProxy, caFile: string, options: Source = {}): Promise<Line> {
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const connector = new Connector({ url: hub.url, caFile });
  const { code } = await provider.api.invite(site);
  const { sha256 } = (await offer(hub, code)).agreement;
  const way = { ...papercut.source, "proxy.url": `http://127.0.0.1:${proxy.port}`, ...options };
  expect(await connector.enroll(code, way, sha256)).toMatchObject({ code: 0 });
  connector.run();
  const status = () => connector.status<Run>();
  await until("both sides say that it is well", async () => (await status()).online && (await provider.api.site(site.id)).status === "ok");
  const polls = async () => {
    const text = await (await fetch(`${hub.ready.admin}/metrics`)).text();
    return Number(/^imprimatur_hub_polls (\d+)$/m.exec(text)![1]);
  };
  return { hub, papercut, provider, site, connector, status, polls };
}

async function opened(behave: InnerMisbehaviour = {}, options: Source = {}): Promise<Line & { proxy: Interceptor }> {
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  const proxy = await Interceptor.before(hub, behave);
  return { proxy, ...(await line(hub, proxy, proxy.caFile, options)) };
}

test("R67 a proxy that passes only whole messages carries polls, commands, switches and a report of 3,000 printers", async () => {
  const { proxy, papercut, provider, site, connector, status, polls } = await opened();
  papercut.change({ more_printers: 3000 });
  await until("all printers are told", async () => (await provider.api.site(site.id)).devices!.total > 3000);
  await until("its poll is open", async () => (await polls()) === 1);
  const reported = (await status()).run.reported_at;
  expect((await provider.api.raw("POST", `/api/v1/sites/${site.id}/refresh`)).status).toBe(202);
  await until("the command has come through the open poll", () => /event=command kind=report_now/.test(connector.program!.stderr));
  await until("it is followed", async () => (await status()).run.reported_at !== reported);
  await connector.monitoring("off");
  await until("the hub knows", async () => (await provider.api.site(site.id)).status === "monitoring_off");
  expect(proxy.requests.filter((r) => r.startsWith("POST /c/v1/reports")).length).toBeGreaterThan(1);
});

test("R67 the line is called what it is when a proxy that passes only whole messages falls silent, or its hub is gone", { timeout: 120_000 }, async () => {
  const { hub, proxy, papercut, provider, site, connector, status, polls } = await opened();
  await until("its poll is open", async () => (await polls()) === 1);
  proxy.freeze();
  papercut.change({ database: { status: "ERROR" } });
  await Promise.all([
    until("the connector has noticed", async () => !(await status()).online, FOUND_MS),
    until("the hub has noticed", async () => (await polls()) === 0, FOUND_MS),
  ]);
  expect((await status()).run.failure).toMatch(/^(timeout|proxy)$/);
  proxy.thaw();
  proxy.cut();
  await until("it is back", async () => (await status()).online, BACK_MS);
  await until("what happened meanwhile is seen", async () => (await provider.api.site(site.id)).status === "error");

  await hub.program.stop();
  await until("it is offline again", async () => !(await status()).online);
  papercut.change({ database: { status: "OK" } });
  await until("what is read waits", async () => (await status()).run.spooled > 0);
  await hub.serve();
  await until("both sides are well", async () => (await status()).online && (await provider.api.site(site.id)).status === "ok", BACK_MS);
  expect(connector.program!.running).toBe(true);
});

test("R67 one that gives up waiting for a whole answer is learnt, and the line stays online from then on", { timeout: 120_000 }, async () => {
  const idleWords = "HTTP/1.1 504 Gateway Time-out\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>No";
  const { connector, status, polls } = await opened({ idleCut_ms: 7_000, idleWords });
  const count = (event: string) => connector.program!.stderr.split(`event=${event}`).length - 1;
  await until("its poll was answered twice by the proxy", () => count("hub_down") === 2, 30_000);
  expect(connector.program!.stderr).toMatch(/event=hub_down code=not_hub/);
  await until("it is back", () => count("hub_up") === 3, BACK_MS);
  await until("its poll is open", async () => (await status()).online && (await polls()) === 1);
  const later = new Promise((done) => setTimeout(done, 8_000));
  await always("it is online", async () => (await status()).online, later);
  expect(count("hub_down")).toBe(2);
});

test("R67 one that asks again who we are, on connections that are open, gets a new connection with the answer", { timeout: 60_000 }, async () => {
  const known = () => proxy.head.includes(`Proxy-Authorization: Basic ${Buffer.from("joe:geheim").toString("base64")}`);
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  const proxy = await Interceptor.before(hub, { answer: () => (known() ? undefined : WHO_LAST) });
  const { papercut, provider, site, status } = await line(hub, proxy, proxy.caFile, USER);
  for (const state of ["ERROR", "OK"]) {
    // What was opened until now is forgotten, and stays so.
    const forgotten = proxy.asked.length;
    proxy.behave.inner = (way) => (way <= forgotten ? WHO_KEPT : undefined);
    papercut.change({ database: { status: state } });
    const expected = state === "OK" ? "ok" : "error";
    await until("reports arrive by another way", async () => (await provider.api.site(site.id)).status === expected);
    expect(proxy.asked.length).toBeGreaterThan(forgotten);
    await until("it is online", async () => (await status()).online, BACK_MS);
  }
});

test("R67 one that resets the connection while NTLM logs in is tried again until it lets through", { timeout: 60_000 }, async () => {
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0" });
  const proxy = await NtlmProxy.start();
  const { papercut, provider, site, status } = await line(hub, proxy, hub.caFile, { ...USER, "proxy.user": "CORP\\joe", "proxy.auth": "ntlm" });
  expect(proxy.logins).toBeGreaterThan(0);
  const failures = new Set<string>();
  proxy.resets = 3;
  papercut.change({ database: { status: "ERROR" } });
  proxy.cut();
  await until("it has met all resets", async () => {
    const { online, run } = await status();
    if (!online && run.failure) failures.add(run.failure);
    return proxy.resets <= 0;
  });
  await until("it is back", async () => (await status()).online, BACK_MS);
  await until("reports arrive", async () => (await provider.api.site(site.id)).status === "error");
  expect([...failures].filter((f) => f !== "proxy" && f !== "unreachable")).toEqual([]);
});
