/* Lines that misbehave between a site and its hub: R67 they are noticed, nothing is lost, nobody is hammered. */
import { expect, test } from "vitest";
import type { Site } from "../harness/api.ts";
import { Connector, type Source } from "../harness/connector.ts";
import { Hub, newSite, type Provider } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { always, until } from "../harness/until.ts";
import { ConnectProxy } from "../harness/way.ts";

/** A dead line is found within this time, on both sides (docs/protocol.md section 2). */
const FOUND_MS = 35_000;
/** The longest wait of the back-off, and a try. */
const BACK_MS = 17_000;

interface Run {
  online: boolean;
  run: { failure?: string | null; reported_at?: string | null };
}

async function line(proxy: ConnectProxy, options: Source = {}, hubOptions: Record<string, string> = {}) {
  const hub = await Hub.start({ "admin.listen": "127.0.0.1:0", ...hubOptions });
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const way = { "proxy.url": `http://127.0.0.1:${proxy.port}`, ...options };
  const connector = await Connector.forSite(hub, provider, site, { ...papercut.source, ...way });
  const status = () => connector.status<Run>();
  await until("it is online", async () => (await status()).online && (await reported(provider, site)));
  return { hub, papercut, provider, site, connector, status };
}

async function reported(provider: Provider, site: Site): Promise<boolean> {
  return (await provider.api.site(site.id)).status === "ok";
}

async function polls(hub: Hub): Promise<number> {
  const text = await (await fetch(`${hub.ready.admin}/metrics`)).text();
  return Number(/^imprimatur_hub_polls (\d+)$/m.exec(text)![1]);
}

test("R67 a line that falls silent is found by both sides, and all arrives once it speaks again", { timeout: 120_000 }, async () => {
  const proxy = await ConnectProxy.start();
  const { hub, papercut, provider, site, status } = await line(proxy);
  await until("its poll is open", async () => (await polls(hub)) === 1);
  proxy.freeze();
  papercut.change({ database: { status: "ERROR" } });
  await Promise.all([
    until("the connector has noticed", async () => !(await status()).online, FOUND_MS),
    until("the hub has noticed", async () => (await polls(hub)) === 0, FOUND_MS),
  ]);
  expect((await status()).run.failure).toMatch(/^(timeout|proxy)$/);
  proxy.thaw();
  proxy.cut();
  await until("it is back", async () => (await status()).online, BACK_MS);
  await until("what happened meanwhile is seen", async () => (await provider.api.site(site.id)).status === "error");
});

test("R67 a line that cuts what is silent for some seconds is learnt, and stays online from then on", { timeout: 120_000 }, async () => {
  const proxy = await ConnectProxy.start({ idleCut_ms: 7_000 });
  const { hub, connector, status } = await line(proxy);
  const cuts = () => connector.program!.stderr.match(/event=hub_down/g)?.length ?? 0;
  await until("its poll was cut twice", () => cuts() === 2, 30_000);
  await until("it is back", async () => (await status()).online && (await polls(hub)) === 1, BACK_MS);
  const later = new Promise((done) => setTimeout(done, 12_000));
  await always("it is online", async () => (await status()).online, later);
  expect(cuts()).toBe(2);
});

test("R67 a proxy that answers by itself, asks again who it is, or breaks off, is tried again until it lets through", { timeout: 120_000 }, async () => {
  const proxy = await ConnectProxy.start();
  const { papercut, provider, site, status } = await line(proxy);
  const answers = [
    "HTTP/1.1 407 Again\r\nProxy-Authenticate: Basic realm=x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>502</html>",
    "HTTP/1.1 504 Gateway Time-out\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: http://portal.example.test/\r\n\r\n",
    "HTTP/1.1 200 Welcome\r\n\r\n<html>Please log in</html>",
    "",
  ].flatMap((words) => [words, words]);
  const failures = new Set<string>();
  proxy.behave.answer = () => answers.shift();
  proxy.cut();
  await until("it has met them all", async () => {
    const { run } = await status();
    if (run.failure) failures.add(run.failure);
    return answers.length === 0;
  }, 40_000);
  await until("it is back", async () => (await status()).online, BACK_MS);
  expect([...failures].filter((f) => !["proxy", "proxy_auth", "tls", "unreachable"].includes(f))).toEqual([]);
  expect(failures).toContain("proxy");
  papercut.change({ database: { status: "ERROR" } });
  await until("reports arrive", async () => (await provider.api.site(site.id)).status === "error");
});

test("R67 a proxy that forgets who we are asks again, and gets its answer", async () => {
  const proxy = await ConnectProxy.start();
  const login = "HTTP/1.1 407 Again\r\nProxy-Authenticate: Basic realm=x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  const known = () => proxy.head.includes(`Proxy-Authorization: Basic ${Buffer.from("joe:geheim").toString("base64")}`);
  let asked = 0;
  proxy.behave.answer = () => {
    if (known()) return undefined;
    asked++;
    return login;
  };
  const { status } = await line(proxy, { "proxy.user": "joe", "proxy.password": "geheim" });
  for (let i = 0; i < 3; i++) {
    const before = proxy.asked.length;
    proxy.cut();
    await until("it has gone through again", async () => proxy.asked.length > before && (await status()).online, BACK_MS);
  }
  expect(asked).toBeGreaterThan(0);
});
