/* browser.ts - the real page in Debian's Chromium, and where browsers differ in Debian's Firefox.  To Chromium the hub's certificate is
 * known by its key, so that every other certificate error still fails; Firefox takes any.  Anything on the page's console that is an error fails the test (what its policy
 * forbids is one), and so does a request to anybody but the hub. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, firefox, type Locator, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import type { Hub, Provider } from "./hub.ts";
import { installed, root } from "./place.ts";
import { until } from "./until.ts";

export const engines = ["chromium", "firefox"] as const;
export type Engine = (typeof engines)[number];
const programs = { chromium: "chromium", firefox: "firefox-esr" };

export function browserMissing(engine: Engine = "chromium"): string {
  return installed(programs[engine]) ? "" : `not installed: ${programs[engine]}`;
}

/** What a context of a browser that finds the hub is made with. */
export function trusting(browser: Browser): { ignoreHTTPSErrors: boolean } {
  return { ignoreHTTPSErrors: browser.browserType().name() === "firefox" };
}

/* Other scenarios change the machine's addresses while a browser loads: tools/nonetlink.c. */
function unmoved(): Record<string, string> {
  const source = join(root, "tools/nonetlink.c");
  const library = join(root, ".build/nonetlink.so");
  if (!existsSync(library) || statSync(library).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(root, ".build"), { recursive: true });
    execFileSync("gcc", ["-shared", "-fPIC", "-o", `${library}.${process.pid}`, source]);
    renameSync(`${library}.${process.pid}`, library);
  }
  return { ...(process.env as Record<string, string>), LD_PRELOAD: library };
}

function keyHash(certFile: string): string {
  const script = `openssl x509 -in "$0" -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`;
  return execFileSync("sh", ["-c", script, certFile], { encoding: "utf8" }).trim();
}

interface Options {
  language?: string;
  width?: number;
  scheme?: "light" | "dark";
}

export async function openPage(hub: Hub, options: Options = {}): Promise<Page> {
  return open(options, [`--ignore-certificate-errors-spki-list=${keyHash(hub.certFile)}`], hub.url);
}

/** A technician's tab: the way into an open session, whose name leads to the hub. */
export async function openConsole(hub: Hub, url: string): Promise<Page> {
  const at = new URL(url);
  const page = await open({}, [
    `--ignore-certificate-errors-spki-list=${keyHash(hub.certFile)}`,
    `--host-resolver-rules=MAP ${at.hostname} ${hub.address}`,
  ], at.origin);
  await page.goto(url);
  return page;
}

/** A browser that finds the sessions of a hub; how it is shut is the caller's.  `more`: switches of Chromium's. */
export async function technicians(hub: Hub, more: string[] = [], engine: Engine = "chromium"): Promise<Browser> {
  const browser = await (engine === "firefox"
    ? firefox.launch({ channel: "moz-firefox", executablePath: "/usr/bin/firefox-esr", env: unmoved(), firefoxUserPrefs: { "network.dns.forceResolve": "127.0.0.1" } })
    : launch([`--ignore-certificate-errors-spki-list=${keyHash(hub.certFile)}`, `--host-resolver-rules=MAP *.test 127.0.0.1`, ...more]));
  onTestFinished(() => browser.close());
  return browser;
}

export interface Tab {
  page: Page;
  /** What the page's console says is wrong, without where. */
  complaints: string[];
}

/** A tab in a profile of its own, for pages of whoever it may be. */
export async function newTab(browser: Browser): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en", reducedMotion: "reduce", ...trusting(browser) });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type())) complaints.push(m.text());
  });
  return { page, complaints };
}

/** A Chromium that knows no hub. */
export function launch(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    env: unmoved(),
    args: [
      "--no-sandbox", // root in a container has none
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--disable-background-networking", // the browser's own errands
      ...args,
    ],
  });
}

async function open(options: Options, args: string[], baseURL: string): Promise<Page> {
  const browser = await launch(args);
  const context = await browser.newContext({
    baseURL,
    locale: options.language ?? "en",
    viewport: { width: options.width ?? 1440, height: 900 },
    colorScheme: options.scheme ?? "light",
    reducedMotion: "reduce", // what is looked at is the end of a transition
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (e) => errors.push(e.message));
  page.on("console", (m) => {
    // A refused fetch is logged by the browser itself; what the page makes of it is what a test looks at.
    if (m.type() === "error" && !/Failed to load resource/.test(m.text())) errors.push(m.text());
  });
  page.on("request", (r) => {
    if (!r.url().startsWith(`${baseURL}/`)) errors.push(`asks elsewhere: ${r.url()}`);
  });
  onTestFinished(async () => {
    await browser.close();
    expect(errors).toEqual([]);
  });
  return page;
}

/** A browser on the customer's own machine, for what is served on loopback. */
export async function openLocal(origin: string, options: Options = {}): Promise<Page> {
  return open(options, [], origin);
}

/** An approver's own machine, which has confirmed the certificate of the desk's page. */
export async function openDesk(origin: string, certFile: string, options: Options = {}): Promise<Page> {
  const args = [`--ignore-certificate-errors-spki-list=${keyHash(certFile)}`, `--host-resolver-rules=MAP ${new URL(origin).hostname} 127.0.0.1`];
  return open(options, args, origin);
}

/** By the keyboard where playwright's fill() is not seen by the page's script, as in Firefox. */
export async function write(field: Locator, text: string): Promise<void> {
  if (field.page().context().browser()?.browserType().name() === "firefox") await field.pressSequentially(text);
  else await field.fill(text);
}

/** Logs in by the form that is shown. */
export async function logInHere(page: Page, provider: Provider): Promise<void> {
  await write(page.locator('input[type="email"], input[name="email"]'), provider.email);
  await write(page.locator('input[type="password"]'), provider.password);
  await page.locator('button[type="submit"]').click();
}

export async function logIn(page: Page, provider: Provider): Promise<void> {
  await page.goto("/login");
  await logInHere(page, provider);
  await page.waitForURL((u) => u.pathname === "/" || u.pathname.startsWith("/sites"));
}

const shots = process.env["SHOTS"];

/** Keeps the page as a picture in the folder SHOTS, for whoever looks at it. */
export async function look(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}

/** Waits until the page says so. */
export async function hasText(page: Page, what: RegExp): Promise<void> {
  await until(`the page says ${what}`, async () => what.test(await page.locator("body").innerText()));
}
