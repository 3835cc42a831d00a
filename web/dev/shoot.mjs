// What the two makers of screenshots share: every screen in three languages, dark and light, wide
// and narrow, as PNG; axe-core looks over each, and an error on the console (a violation of the
// content policy is one), a request to elsewhere or a page that scrolls sideways fails the run.
// Needs Debian's chromium.  --out DIR, --only TEXT.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const problems = [];

async function look(page, name) {
  /* Evaluated by the debugger, which our policy rightly does not hold back. */
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  for (const v of found.violations) {
    const where = v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(" | ");
    problems.push(`${name}: axe ${v.impact} ${v.id}: ${v.help}: ${where}`);
  }
}

async function take(context, screen, shot, path, how) {
  const page = await context.newPage();
  page.on("console", (m) => {
    if (m.type() === "error" && !how.expected.test(m.text())) problems.push(`${shot}: console: ${m.text()}`);
  });
  page.on("pageerror", (e) => problems.push(`${shot}: ${e.message}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(how.url)) problems.push(`${shot}: asks elsewhere: ${r.url()}`);
  });
  await how.go(page, screen);
  await page.screenshot({ path, fullPage: how.fullPage });
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  if (wide) problems.push(`${shot}: the page scrolls sideways`);
  await look(page, shot);
  await page.close();
}

/* screens: by name, in whatever form `go(page, screen)` takes to show one.
 * how: folder (below .build), url, expected (errors of the console that are none), go, fullPage,
 * speak(language). */
export async function shoot(screens, how) {
  const { values: given } = parseArgs({
    options: { out: { type: "string" }, only: { type: "string", default: "" } },
  });
  const out = resolve(given.out ?? join(import.meta.dirname, "../../.build", how.folder));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  let taken = 0;
  mkdirSync(out, { recursive: true });
  for (const [name, screen] of Object.entries(screens))
    for (const language of ["en", "fr", "de"])
      for (const scheme of ["light", "dark"])
        for (const [size, viewport] of Object.entries(sizes)) {
          const shot = `${name}.${language}.${scheme}.${size}`;
          if (!shot.includes(given.only)) continue;
          how.speak?.(language);
          const context = await browser.newContext({
            baseURL: how.url, viewport, locale: language, colorScheme: scheme,
            timezoneId: "Europe/Berlin",
          });
          await take(context, screen, shot, join(out, `${shot}.png`), how).catch((e) =>
            problems.push(`${shot}: ${e.message.split("\n")[0]}`),
          );
          await context.close();
          taken++;
        }
  await browser.close();
  for (const p of problems) console.log(p);
  console.log(`${taken} screens in ${out}, ${problems.length} problems`);
  process.exitCode = problems.length ? 1 : 0;
}
