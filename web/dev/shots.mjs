// node dev/shots.mjs [--out DIR] [--only TEXT]
//
// Every screen in three languages, dark and light, wide and narrow, with 0, 3 and 10,000 sites,
// as PNG; axe-core looks over each, and a violation of the hub's content policy, an error on the
// console or a request to elsewhere fails the run.  Needs a built dist/ and Debian's chromium.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { startMock } from "./mock.mjs";

const { values: given } = parseArgs({
  options: { out: { type: "string" }, only: { type: "string", default: "" } },
});
const out = resolve(given.out ?? join(import.meta.dirname, "../../.build/shots"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const problems = [];

const first = "a[href^='/sites/site_']";
const site = async (page, n, search = "") => {
  await page.goto("/sites");
  const href = await page.locator(first).nth(n).getAttribute("href");
  await page.goto(href + search);
  await page.locator("h1").waitFor();
};

/* name: [sites, go]; each is taken in every language, scheme and size. */
const screens = {
  login: [3, (page) => page.goto("/login"), { out: true }],
  "login-refused": [3, async (page) => {
    await page.goto("/login?to=/sites&ended=1");
    await page.locator("[name=email]").fill("m.keller@acme-print.example");
    await page.locator("[name=password]").fill("often");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").waitFor();
  }, { out: true }],
  "sites-0": [0, (page) => page.goto("/sites")],
  "sites-3": [3, (page) => page.goto("/sites")],
  "sites-10000": [10_000, async (page) => {
    await page.goto("/sites");
    await page.locator(first).first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
  }],
  "sites-filtered": [10_000, (page) => page.goto("/sites?status=error,offline&sort=-last_seen")],
  "sites-no-match": [3, (page) => page.goto("/sites?query=nothing+like+this")],
  "sites-failed": [3, (page) => page.goto("/sites?query=fail"), { settle: 4500 }],
  "site-error": [7, (page) => site(page, 0, "?why=unreachable.database")],
  "site-warning-table": [7, (page) => site(page, 1, "?view=table&period=7d")],
  "site-devices": [7, (page) => site(page, 1, "?tab=devices")],
  "site-connector": [7, (page) => site(page, 1, "?tab=connector")],
  "site-offline": [7, (page) => site(page, 2)],
  "site-never": [7, (page) => site(page, 3, "?tab=connector")],
  "site-off": [7, (page) => site(page, 5)],
  "site-not-found": [3, (page) => page.goto("/sites/site_00000000000000000000000000")],
  "not-found": [3, (page) => page.goto("/nowhere")],
  menu: [3, async (page) => {
    await page.goto("/sites");
    await page.locator("header [aria-haspopup=menu]").click();
    await page.locator("[role=menu]").waitFor();
  }],
  help: [3, async (page) => {
    await page.goto("/sites");
    await page.locator(first).first().waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
  }],
};

async function look(page, name) {
  /* Evaluated by the debugger, which our policy rightly does not hold back. */
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  for (const v of found.violations) {
    const where = v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(" | ");
    problems.push(`${name}: axe ${v.impact} ${v.id}: ${v.help}: ${where}`);
  }
}

async function take(mock, context, name, [count, go, options = {}], shot) {
  mock.setSites(count);
  const page = await context.newPage();
  page.on("console", (m) => {
    const expected = /status of (401|404|429|503)/.test(m.text());
    if (m.type() === "error" && !expected) problems.push(`${shot}: console: ${m.text()}`);
  });
  page.on("pageerror", (e) => problems.push(`${shot}: ${e.message}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(mock.url)) problems.push(`${shot}: asks elsewhere: ${r.url()}`);
  });
  if (!options.out) await page.request.post("/api/v1/logins", { data: { password: "x" } });
  await go(page);
  await page.waitForTimeout(options.settle ?? 700);
  await page.screenshot({ path: join(out, `${shot}.png`) });
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  if (wide) problems.push(`${shot}: the page scrolls sideways`);
  await look(page, shot);
  await page.close();
}

mkdirSync(out, { recursive: true });
const mock = await startMock({ count: 3 });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
let taken = 0;
for (const [name, screen] of Object.entries(screens))
  for (const language of ["en", "fr", "de"])
    for (const scheme of ["light", "dark"])
      for (const [size, viewport] of Object.entries(sizes)) {
        const shot = `${name}.${language}.${scheme}.${size}`;
        if (!shot.includes(given.only)) continue;
        mock.setLanguage(language);
        const context = await browser.newContext({
          baseURL: mock.url, viewport, locale: language, colorScheme: scheme, bypassCSP: false,
          timezoneId: "Europe/Berlin",
        });
        await take(mock, context, name, screen, shot).catch((e) =>
          problems.push(`${shot}: ${e.message.split("\n")[0]}`),
        );
        await context.close();
        taken++;
      }
await browser.close();
mock.close();
for (const p of problems) console.log(p);
console.log(`${taken} screens in ${out}, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
