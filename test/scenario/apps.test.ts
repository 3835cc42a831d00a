/* Other people's web applications, for which nothing was set up, work through a session as they do directly: the same picture,
 * the same complaints in the browser's console, and what they do by WebSocket, EventSource, upload and range. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { App, bundlerApp, viteWord } from "../harness/apps.ts";
import { browserMissing, look, newTab, type Tab, technicians } from "../harness/browser.ts";
import { Island } from "../harness/island.ts";
import { Premises } from "../harness/premises.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** Browsers beside applications, hub and connector: nothing here is about speed. */
const SLOW = 240_000;

interface Way {
  subject: string;
  how: "directly" | "h2" | "h1";
  tab: Tab;
  /** The origin that the tab is at. */
  origin: string;
}

/** Every pixel of an application that was opened directly, as one word. */
const pictures = new Map<string, string>();

/** What an application comes to look like: directly, when two looks at it are the same; then, when it is that.
 * `moving`: what tells of the moment, and is not looked at. */
async function picture({ subject, how, tab: { page } }: Way, moving = "no-such-element"): Promise<string> {
  await page.evaluate(() => document.fonts.ready);
  let last = pictures.get(subject) ?? "";
  await until("nothing moves", async () => {
    const now = createHash("sha256").update(await page.screenshot({ animations: "disabled", caret: "hide", mask: [page.locator(moving)] })).digest("hex");
    const same = now === last;
    if (!pictures.has(subject)) last = now;
    return same;
  }).catch((e: Error) => (last = e.message));
  if (how === "directly") pictures.set(subject, last);
  await look(page, `app-${subject}-${how}`);
  return last;
}

function range({ tab: { page } }: Way, path: string, from: number, to: number): Promise<unknown> {
  return page.evaluate(
    async ([path, range]) => {
      const a = await fetch(path!, { headers: { range: range! } });
      return [a.status, a.headers.get("content-range"), await a.text()];
    },
    [path, `bytes=${from}-${to}`],
  );
}

/** Modules, a script of 9 MB, changes by WebSocket without a reload. */
async function useServer(app: App, way: Way): Promise<unknown> {
  const { page } = way.tab;
  const word = page.locator("#word");
  await until("it is shown", async () => (await word.textContent()) === "first");
  const first = await picture(way);
  await page.evaluate(() => document.body.setAttribute("data-same", "yes"));
  for (const now of [way.how, "first"]) {
    writeFileSync(join(app.dir, "word.js"), viteWord(now));
    await until("the change arrives", async () => (await word.textContent()) === now);
  }
  const same = await page.getAttribute("body", "data-same");
  return { first, same, large: await page.textContent("#large"), range: await range(way, "/large.js", 1_000_000, 1_000_099) };
}

/** One page of some MB, and a file that is uploaded. */
async function useWiki(app: App, way: Way): Promise<unknown> {
  const { page } = way.tab;
  await page.getByRole("tab", { name: "Tools" }).waitFor();
  await page.locator("body:not(.tc-dirty)").waitFor();
  const first = await picture(way, ".tc-page-controls"); // whether all is saved at this moment
  const file = `${way.how}.zip`;
  const octets = randomBytes(1_000_000);
  await page.getByRole("tab", { name: "Tools" }).click();
  await page.locator('input[type="file"]').first().setInputFiles({ name: file, mimeType: "application/zip", buffer: octets });
  await page.getByRole("button", { name: "Import", exact: true }).first().click();
  const at = join(app.dir, "tiddlers", file);
  await until("it is on the server", () => existsSync(at) && readFileSync(at).equals(octets), 60_000);
  return { first, range: await range(way, "/files/numbers.txt", 500_000, 500_099) };
}

/** In a page of the bundler's: see bundlerApp(). */
function listens(): boolean {
  return (window as { source?: EventSource }).source?.readyState === EventSource.OPEN;
}

/** An EventSource in each of more tabs than a device gets connections. */
async function useBundler(app: App, way: Way): Promise<unknown> {
  const pages = [way.tab.page];
  while (pages.length < 4) {
    const page = await way.tab.page.context().newPage();
    await page.goto(way.origin);
    pages.push(page);
  }
  const say = (what: string) =>
    until(`each says ${what}`, async () => (await Promise.all(pages.map((p) => p.textContent("#word")))).every((word) => word === what), 30_000);
  await say("first");
  // A change while one of them is still on its way to its EventSource would never be told there.
  await until("each listens", async () => (await Promise.all(pages.map((p) => p.evaluate(listens)))).every((open) => open), 30_000);
  const first = await picture(way);
  for (const word of [way.how, "first"]) {
    writeFileSync(join(app.dir, "app.js"), bundlerApp(word));
    await say(word);
  }
  return { first, range: await range(way, "/numbers.txt", 500_000, 500_099) };
}

interface Subject {
  name: string;
  app: App;
  use: (app: App, way: Way) => Promise<unknown>;
  target: string;
}

/** What an application shows and does, by a browser that comes directly or through a session. */
async function visit(p: Premises, browser: Browser, how: Way["how"], { name, app, use, target }: Subject): Promise<unknown> {
  const tab = await newTab(browser);
  await tab.page.goto(how === "directly" ? app.url : (await p.way(target)).url);
  await tab.page.waitForURL((u) => u.pathname === "/");
  const did = await use(app, { subject: name, how, tab, origin: new URL(tab.page.url()).origin });
  await tab.page.context().close();
  // HTTP/2 has no reason phrases.
  return { did, complaints: tab.complaints.map((c) => c.replace(/ \([\w ]*\)$/, "")) };
}

test("R56 a development server, a wiki and a bundler look and work through a session as directly, by HTTP/2 and HTTP/1.1", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const p = await Premises.start("http://127.0.0.1:9");
  await p.turn("mfp", "on");
  const subjects: Subject[] = await Promise.all(
    ([["server", App.vite, useServer], ["wiki", App.wiki, useWiki], ["bundler", App.bundler, useBundler]] as const).map(async ([name, start, use]) => {
      const app = await start(Island.make());
      return { name, app, use, target: await p.addDevice(name, app.url) };
    }),
  );
  const [h2, h1] = [await technicians(p.hub), await technicians(p.hub, ["--disable-http2"])];
  for (const subject of subjects) {
    const direct = await visit(p, h2, "directly", subject);
    expect(await visit(p, h2, "h2", subject), `${subject.name} by HTTP/2`).toEqual(direct);
    expect(await visit(p, h1, "h1", subject), `${subject.name} by HTTP/1.1`).toEqual(direct);
  }
}, SLOW);
