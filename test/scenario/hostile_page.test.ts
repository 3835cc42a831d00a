/* A target whose pages are somebody's who wants more: the dashboard, the technician's other sessions, or to stay in the browser;
 * and a page of some other site that wants a session.  What they try is tried in a real browser, with the dashboard below the same
 * domain as the sessions and below another; what counts is the state afterwards. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { browserMissing, type Engine, engines, logIn, technicians, trusting } from "../harness/browser.ts";
import { Island } from "../harness/island.ts";
import { Hosts, leadHere } from "../harness/names.ts";
import { Premises } from "../harness/premises.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const SLOW = 180_000;

interface Came {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

/** A console that says what is worst for its visitor's browser, takes note of what it is asked, and counts what it did for whom. */
class Target {
  url = "";
  readonly came: Came[] = [];
  /** Changes that were made with the login of /login. */
  changed = 0;

  static async start(): Promise<Target> {
    const t = new Target();
    const server = createServer((req, res) => t.answer(req, res));
    server.on("upgrade", (req, socket) => {
      t.note(req);
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    t.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return t;
  }

  private note(req: IncomingMessage): void {
    if (!req.url!.startsWith("/api/")) this.came.push({ method: req.method!, url: req.url!, headers: req.headers });
  }

  private answer(req: IncomingMessage, res: ServerResponse): void {
    this.note(req);
    const type = req.url!.endsWith(".js") ? "text/javascript" : "text/html";
    const head: Record<string, string | string[]> = {
      ...{ "content-type": type, "clear-site-data": '"*"', "service-worker-allowed": "/", "origin-agent-cluster": "?0" },
      ...{ "access-control-allow-origin": req.headers.origin ?? "*", "access-control-allow-credentials": "true" },
      ...{ "strict-transport-security": "max-age=99999; includeSubDomains", "document-policy": "x", "cross-origin-opener-policy": "unsafe-none" },
    };
    const loggedIn = /\bLOGIN=yes\b/.test(req.headers.cookie ?? "");
    if (req.url === "/login") head["set-cookie"] = ["LOGIN=yes; HttpOnly; Path=/", "SCRIPT=own; Path=/"];
    if (req.url === "/toss") head["set-cookie"] = tossed("console.example.test").concat(tossed("example.test"));
    if (req.url!.startsWith("/change") && loggedIn) this.changed++;
    res.writeHead(200, head).end(type === "text/html" ? `<!doctype html><title>Target</title><p id="who">${loggedIn ? "logged in" : "nobody"}</p>` : "self.onfetch = () => {};");
  }
}

/** What a page might give its visitor's browser to keep. */
function tossed(domain: string): string[] {
  return ["LOGIN=tossed", "__Host-t-LOGIN=tossed", "__Host-imprimatur-s=tossed", "__Host-imprimatur=tossed", "=__Host-imprimatur-s=tossed", "__Secure-x=y"].flatMap((c) => [
    `${c}; Domain=${domain}; Path=/; Secure`,
    `${c}; Path=/.imprimatur; Secure`,
    `${c}; Path=/; Secure`,
    `${c}; Domain=${domain}; Path=/api; Secure; SameSite=None`,
  ]);
}

/** All that a script tries on the dashboard and on a session that is not its own. */
function attack(page: Page, hub: string, other: string, domains: string[]): Promise<string[]> {
  return page.evaluate(
    async ([hub, other, cookies]) => {
      const done: string[] = [];
      const attempt = async (what: string, run: () => unknown) => {
        try {
          const r = await Promise.race([run(), new Promise((_, late) => setTimeout(late, 3000))]);
          if (r) done.push(`${what}: ${String(r)}`);
        } catch {
          // So it should be.
        }
      };
      const opens = (url: string) =>
        new Promise((yes, no) => {
          const source = new EventSource(url, { withCredentials: true });
          source.onopen = () => yes("open");
          source.onerror = no;
        });
      for (const c of cookies as string[]) document.cookie = c;
      for (const [path, body] of [
        ["/api/v1/customers", '{"name":"Forged"}'],
        ["/api/v1/logins", "{}"],
        ["/api/v1/logout", "{}"],
        ["/api/v1/me", '{"language":"fr"}'],
      ] as const)
        for (const method of ["POST", "PUT", "PATCH", "DELETE"])
          for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
            const options = { method, body, headers: { "content-type": type }, credentials: "include" } as const;
            await attempt(`${method} ${path} ${type}`, async () => (await fetch(hub + path, options)).status);
            if (method === "POST" && type !== "application/json") await fetch(hub + path, { ...options, mode: "no-cors" }).catch(() => {});
          }
      navigator.sendBeacon(`${hub}/api/v1/customers`, '{"name":"Forged"}');
      await attempt("reads the API", async () => (await fetch(`${hub}/api/v1/me`, { credentials: "include" })).text());
      await attempt("a stream of the API", () => opens(`${hub}/api/v1/changes`));
      const load = (tag: "img" | "script" | "iframe" | "object", url: string) =>
        new Promise<void>((loaded) => {
          const e = document.createElement(tag);
          e.onload = e.onerror = () => loaded();
          if (tag === "object") (e as HTMLObjectElement).data = url;
          else (e as HTMLImageElement).src = url;
          document.body.append(e);
          setTimeout(loaded, 1500);
        });
      const form = (action: string, type: string, target: string) => {
        const f = document.createElement("form");
        Object.assign(f, { action, method: "post", enctype: type, target });
        f.innerHTML = `<input name='{"name":"Forged","x":"' value='"}'>`;
        document.body.append(f);
        f.submit();
      };
      for (const site of [hub, other]) {
        const path = site === hub ? "/api/v1/customers" : "/change";
        await Promise.all((["img", "script", "iframe", "object"] as const).map((tag) => load(tag, site + path)));
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
          const frame = document.createElement("iframe");
          frame.name = `f${Math.random()}`;
          document.body.append(frame);
          form(site + path, type, frame.name);
        }
        for (const f of Array.from(document.querySelectorAll("iframe"))) await attempt("looks into a frame", () => f.contentDocument?.title === "Target" && "Target");
      }
      for (const method of ["GET", "POST", "HEAD"]) {
        await fetch(`${other}/change`, { method, mode: "no-cors", credentials: "include" }).catch(() => {});
        await attempt(`${method} of another session`, async () => (await fetch(`${other}/change`, { method, credentials: "include" })).status);
      }
      navigator.sendBeacon(`${other}/change`, "x");
      await attempt("another session's stream", () => opens(`${other}/change`));
      await new Promise<void>((over) => {
        const ws = new WebSocket(`${other.replace("http", "ws")}/change-socket`);
        ws.onclose = ws.onerror = () => over();
      });
      /* What a browser fetches ahead it fetches as if its user had typed the address. */
      for (const ahead of ["prefetch", "prerender"]) {
        const rules = document.createElement("script");
        rules.type = "speculationrules";
        rules.textContent = JSON.stringify({ [ahead]: [{ source: "list", urls: [`${other}/change?${ahead}`], eagerness: "immediate" }] });
        document.head.append(rules);
        await new Promise((over) => setTimeout(over, 1000));
      }
      await attempt("a service worker", async () => (await navigator.serviceWorker.register("/sw.js", { scope: "/" })).scope);
      await attempt("document.domain", () => {
        const before = document.domain;
        document.domain = "example.test";
        return document.domain !== before && document.domain;
      });
      await attempt("an opener", () => window.opener as unknown);
      return done;
    },
    [hub, other, domains.flatMap(tossed)] as const,
  );
}

interface World {
  target: Target;
  p: Premises;
  context: BrowserContext;
  dashboard: Page;
}

async function world(name: string, engine?: Engine): Promise<World> {
  const target = await Target.start();
  leadHere(name);
  const inside = name === "localhost" ? [] : new Hosts(`127.0.0.1 ${name}`).inside;
  const p = await Premises.start(target.url, inside, { name });
  await p.turn("console", "on");
  const browser = await technicians(p.hub, [], engine);
  const context = await browser.newContext({ baseURL: p.hub.url, locale: "en", ...trusting(browser) });
  const dashboard = await context.newPage();
  await logIn(dashboard, p.provider);
  return { target, p, context, dashboard };
}

/** A session in a tab of its own. */
async function enter({ p, context }: World): Promise<Page> {
  const page = await context.newPage();
  await page.goto((await p.way()).url);
  await page.waitForURL((u) => u.pathname === "/");
  return page;
}

const who = (page: Page) => page.textContent("#who");

/** Nobody was harmed. */
async function whole(w: World, victim: Page): Promise<void> {
  expect(w.target.changed, "changes with somebody's login").toBe(0);
  await victim.reload();
  expect(await who(victim)).toBe("logged in");
  const last = w.target.came.at(-1)!;
  expect(last.headers.cookie!.split("; ").sort()).toEqual(expect.arrayContaining(["LOGIN=yes", "SCRIPT=own"]));
  expect(last.headers.cookie).not.toMatch(/LOGIN=tossed|imprimatur/);
  await w.dashboard.reload();
  expect(await w.dashboard.evaluate(async () => (await fetch("/api/v1/me")).status), "still logged in").toBe(200);
  expect(await w.dashboard.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
  expect((await w.p.provider.api.raw<{ items: { name: string }[] }>("GET", "/api/v1/customers")).body.items.map((c) => c.name)).toEqual(["Example Works"]);
  expect((await w.p.provider.api.raw<{ user: { language: string } }>("GET", "/api/v1/me")).body.user.language).not.toBe("fr");
}

test.for([
  ["below a domain of its own", "chromium", "localhost"],
  ["below the same domain", "chromium", "hub.example.test"],
  ["below the same domain", "firefox", "hub.example.test"],
] as const)("R54 R59 a hostile page of a target harms neither the dashboard, %s, nor another session, nor stays: %s", { timeout: SLOW }, async ([, engine, name], ctx) => {
  needs(ctx, browserMissing(engine) || (name === "localhost" ? "" : Island.missing));
  const w = await world(name, engine);
  const victim = await enter(w);
  // No page stands before the first, as at the site.
  expect(await victim.evaluate(() => document.referrer)).toBe("");
  expect(w.target.came[0]!.headers.referer).toBeUndefined();
  await victim.goto(`${new URL(victim.url()).origin}/login`);
  await victim.reload();
  // The login itself, and that a change made from its own page is one.
  await victim.goto(`${new URL(victim.url()).origin}/`);
  expect(await who(victim)).toBe("logged in");
  expect(await victim.evaluate(async () => (await fetch("/change", { method: "POST" })).status)).toBe(200);
  expect(w.target.changed).toBe(1);
  expect(w.target.came.at(-1)!.headers).toMatchObject({ origin: w.target.url, referer: `${w.target.url}/`, "sec-fetch-site": "same-origin" });
  w.target.changed = 0;

  const hostile = await enter(w);
  const origin = new URL(hostile.url()).origin;
  const other = new URL(victim.url()).origin;
  w.target.came.length = 0;
  for (const path of ["/toss", "/"]) await hostile.goto(origin + path);
  expect(await attack(hostile, w.p.hub.url, other, ["console.example.test", "example.test"])).toEqual([]);
  expect(await hostile.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
  expect(w.target.came.filter((c) => c.url.startsWith("/change")).map((c) => [c.method, c.url])).toEqual([]);
  // A window that it opens is cut off from it; one that the dashboard opens, too.
  const opened = await Promise.all([w.context.waitForEvent("page"), hostile.evaluate((url) => void ((window as { w?: unknown }).w = window.open(url)), w.p.hub.url)]);
  await opened[0].waitForURL((u) => u.origin === w.p.hub.url);
  expect(await hostile.evaluate(() => (window as unknown as { w: Window }).w.closed)).toBe(true);
  const { url } = await w.p.way();
  const [session] = await Promise.all([w.context.waitForEvent("page"), w.dashboard.evaluate((u) => void window.open(u), url)]);
  await session.waitForURL((u) => u.pathname === "/");
  expect(await session.evaluate(() => window.opener as unknown)).toBeNull();
  await whole(w, victim);
});

/* Without an entry in the Public Suffix List a script can set cookies for all names below the suffix, and below its domain. */
test.for(engines)("R54 cookies without end, set by a page for every name of its domain, keep nobody out: %s", { timeout: SLOW }, async (engine, ctx) => {
  needs(ctx, browserMissing(engine), Island.missing);
  const w = await world("hub.example.test", engine);
  const hostile = await enter(w);
  const victim = await enter(w);
  await hostile.evaluate(() => {
    for (let i = 0; i < 150; i++) document.cookie = `bomb${i}=${"x".repeat(4000)}; Domain=example.test; Path=/; Secure; Max-Age=99999999`;
    return document.cookie.length; // all of them are set then
  });
  // What is gone is gone, with the session's own cookie and the login: the technician comes in again as before.
  const seen: number[] = [];
  victim.on("response", (r) => r.request().isNavigationRequest() && seen.push(r.status()));
  await victim.reload().catch(() => undefined); // the answer's own script may ask again before the page has been loaded
  await until("the page has come again by itself, without them", () => seen.includes(404));
  expect(seen).toEqual([431, 404]);
  await logIn(w.dashboard, w.p.provider);
  expect(await w.dashboard.evaluate(async () => (await fetch("/api/v1/me")).status)).toBe(200);
  expect(await who(await enter(w))).toBe("nobody");
});

test("R54 a page of some other site reaches no session but by a link that is followed, which the target sees as what it is", async (ctx) => {
  needs(ctx, browserMissing());
  const w = await world("localhost");
  const victim = await enter(w);
  const other = new URL(victim.url()).origin;
  await victim.goto(`${other}/login`);
  await victim.goto(`${other}/`);
  const foreign = createServer((_req, res) => res.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Foreign</title>"));
  await new Promise<void>((done) => foreign.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    foreign.closeAllConnections();
    foreign.close();
  });
  const page = await w.context.newPage();
  const site = `http://shop.test:${(foreign.address() as AddressInfo).port}`;
  await page.goto(site);
  w.target.came.length = 0;
  expect((await attack(page, w.p.hub.url, other, [])).filter((d) => !d.startsWith("document.domain"))).toEqual([]);
  expect(w.target.came.filter((c) => c.url.startsWith("/change")).map((c) => [c.method, c.url])).toEqual([]);
  // A form that leads the whole tab there.
  const answered = page.waitForResponse((r) => r.url() === `${other}/change`);
  await page.evaluate((action) => {
    const f = document.createElement("form");
    Object.assign(f, { action, method: "post" });
    document.body.append(f);
    f.submit();
  }, `${other}/change`);
  expect([403, 404]).toContain((await answered).status());
  expect(w.target.changed).toBe(0);
  // A link: the target's own defence is told where it comes from.
  const linking = await w.context.newPage();
  await linking.goto(site);
  await linking.evaluate((href) => {
    const a = document.createElement("a");
    a.href = href;
    document.body.append(a);
    a.click();
  }, `${other}/linked`);
  await until("it is followed", () => w.target.came.some((c) => c.url === "/linked"));
  const { headers } = w.target.came.find((c) => c.url === "/linked")!;
  expect(headers).toMatchObject({ "sec-fetch-site": "cross-site", referer: `${site}/` });
  await whole(w, victim);
}, SLOW);
