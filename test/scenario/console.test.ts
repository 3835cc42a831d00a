/** The real cupsd's own pages in a real browser, through hub and connector; what is done there is looked up with lpstat. */
import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, hasText, look, openConsole } from "../harness/browser.ts";
import { cupsMissing } from "../harness/cups.ts";
import { Program } from "../harness/program.ts";
import { Visited } from "../harness/session.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

/** cupsd's pages with forms are programs of Debian's package cups. */
function pagesMissing(): string {
  return existsSync("/usr/lib/cups/cgi-bin/printers.cgi") ? "" : "not installed: cups";
}

async function lpstat(v: Visited, ...args: string[]): Promise<string> {
  return (await Program.run("lpstat", ["-h", v.cups.socket, ...args])).stdout;
}

/** Chooses from a menu of the queue's page, in a tab of its own: cupsd's pages lead on by themselves. */
async function choose(page: Page, queue: string, what: string): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(`/printers/${queue}`);
  await tab.locator(`select:has(option[value="${what}"])`).selectOption(what);
  return tab;
}

test("R2 R26 R56 R60 a technician's browser pauses, resumes and deletes a queue of the real cupsd, and sees the site's own pages", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing() || pagesMissing());
  const v = await Visited.start();
  await v.cups.addPrinter("Front-desk");
  await v.allow("ask");
  const id = await v.opened();
  const page = await openConsole(v.hub, await v.url(id));
  await page.waitForURL((u) => u.pathname === "/");
  expect(await page.title()).toMatch(/CUPS/);
  await look(page, "console");

  await choose(page, "Front-desk", "stop-printer");
  await until("the queue is paused", async () => /disabled/.test(await lpstat(v, "-p", "Front-desk")));
  await choose(page, "Front-desk", "start-printer");
  await until("the queue goes on", async () => /idle/.test(await lpstat(v, "-p", "Front-desk")));
  await choose(page, "Front-desk", "reject-jobs");
  await until("the queue takes no jobs", async () => /not accepting/.test(await lpstat(v, "-a", "Front-desk")));

  const sure = await choose(page, "Front-desk", "delete-printer");
  await sure.locator('input[type="submit"][value="Delete Printer"]').click();
  await until("the queue is gone", async () => !/Front-desk/.test(await lpstat(v, "-e")));
  await until("the visit has counted", async () => (await v.visits()).items[0]?.id === id);

  await v.say("end", id);
  await v.is(id, "ended", "customer");
  await page.goto("/admin");
  await hasText(page, /over|ended/i);
  const seen = await v.get(id);
  expect(seen.requests).toBeGreaterThan(5);
  expect(seen.bytes_down).toBeGreaterThan(1000);
});
