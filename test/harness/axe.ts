/* axe.ts - what axe-core has against a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[] }[];
}

async function look(page: Page, where: string): Promise<string[]> {
  const found = (await page.evaluate("axe.run(document).then((r) => r.violations)")) as Violation[];
  return found.map((v) => `${where}: ${v.impact} ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`);
}

/** What axe-core has against the page, one line each, once it has its heading: an address changes before its page is there, and what
 * one comes from may be there for a moment longer.  So what is found must stay. */
export async function complaints(page: Page, where: string): Promise<string[]> {
  await page.locator("h1").first().waitFor({ state: "attached" });
  // By the debugger, which the page's policy rightly does not hold back.
  await page.evaluate(axe);
  let found = await look(page, where);
  for (let again = 0; found.length && again < 3; again++) {
    await page.waitForTimeout(500);
    found = await look(page, where);
  }
  return found;
}
