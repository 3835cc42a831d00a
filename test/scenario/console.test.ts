/** The real cupsd's own pages in a real browser, through hub and connector; what is done there is looked up with lpstat. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserMissing, hasText, look, openConsole } from "../harness/browser.ts";
import { Cups, cupsMissing, loginMissing, RealPrinter } from "../harness/cups.ts";
import { Island } from "../harness/island.ts";
import { Premises } from "../harness/premises.ts";
import { Program } from "../harness/program.ts";
import { Visited } from "../harness/session.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";
import { Visit } from "../harness/visit.ts";

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

async function deleteQueue(page: Page, queue: string): Promise<void> {
  const sure = await choose(page, queue, "delete-printer");
  await sure.locator('input[type="submit"][value="Delete Printer"]').click();
}

function press(page: Page, button: string): Promise<void> {
  return page.locator(`input[type="submit"][value="${button}"]`).click();
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

  await deleteQueue(page, "Front-desk");
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

const LOGIN = { name: "porter", password: "tea & toner" };

test("R2 R26 R60 a technician logs in to the real cupsd as its administrator, adds a queue form by form, prints a test page on it, and takes it away", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing() || pagesMissing() || loginMissing());
  const v = await Visited.start({}, {}, {}, LOGIN);
  await v.cups.addPrinter("Back-room");
  await v.allow("on");
  // The challenge is the site's own, and whom cupsd does not know gets no further.
  const visit = await Visit.open(v.hub, v.provider, v.site);
  const stranger = await visit.get("/admin/");
  expect([stranger.status, stranger.headers["www-authenticate"]]).toEqual([401, expect.stringContaining('Basic realm="CUPS"')]);
  const knock = (password: string) => visit.get("/admin/", { authorization: `Basic ${Buffer.from(`${LOGIN.name}:${password}`).toString("base64")}` });
  expect((await knock("tea")).status).toBe(401);
  expect((await knock(LOGIN.password)).status).toBe(200);
  // What cupsd's pages lead on to, after options were set or a class was made, names the port that it listens on.
  const on = await visit.get("/admin/?OP=redirect&URL=/printers/Back-room", { authorization: `Basic ${Buffer.from(`${LOGIN.name}:${LOGIN.password}`).toString("base64")}` });
  expect([on.status, on.headers.location]).toEqual([303, `${visit.origin.origin}/printers/Back-room`]);

  const page = await openConsole(v.hub, await v.url(await v.opened()));
  page.setDefaultTimeout(20_000);
  await page.context().setHTTPCredentials({ username: LOGIN.name, password: LOGIN.password });
  expect((await page.goto("/admin/"))?.status()).toBe(200);

  await press(page, "Add Printer"); // looks for printers first, on a page that comes anew by itself
  await page.locator('input[name="DEVICE_URI"][value="ipp"]').check({ timeout: 60_000 });
  await press(page, "Continue");
  const device = (await lpstat(v, "-v", "Back-room")).replace(/^.*?: /, "").trim();
  await page.locator('input[name="DEVICE_URI"][type="URL"]').fill(device);
  await press(page, "Continue");
  await page.locator('input[name="PRINTER_NAME"]').fill("Reception");
  await page.locator('input[name="PRINTER_INFO"]').fill("Réception, 2e étage");
  await page.locator('input[name="PRINTER_LOCATION"]').fill("Hall & Büro");
  await press(page, "Continue");
  // The description of the printer goes up as a file, in a form of several parts.
  const ppd = await page.evaluate(async () => (await fetch("/printers/Back-room.ppd")).text());
  await page.locator('input[name="PPD_FILE"]').setInputFiles({ name: "room.ppd", mimeType: "application/octet-stream", buffer: Buffer.from(ppd) });
  await press(page, "Add Printer");
  await until("the queue is there", async () => /Reception/.test(await lpstat(v, "-e")));
  const made = await lpstat(v, "-l", "-p", "Reception");
  expect(made).toContain("Description: Réception, 2e étage");
  expect(made).toContain("Location: Hall & Büro");
  expect(await lpstat(v, "-v", "Reception")).toContain(device);
  // The page leads on to the queue's options by itself.
  await page.locator('input[type="submit"][value="Set Printer Options"]').waitFor();

  await choose(page, "Reception", "stop-printer");
  await until("the queue is paused", async () => /disabled/.test(await lpstat(v, "-p", "Reception")));
  const waiting = await choose(page, "Reception", "print-test-page");
  await until("the test page waits", async () => /^Reception-1 +porter/m.test(await lpstat(v, "-o", "Reception")));
  await hasText(waiting, /Reception-1/); // the page comes anew by itself
  await look(waiting, "console-job");
  await choose(page, "Reception", "start-printer");
  const paper = () => readdirSync(join(v.cups.dir, "Back-room/spool"));
  await until("the printer has the test page", () => paper().length === 1);
  await until("it is printed", async () => /^Reception-1/m.test(await lpstat(v, "-W", "completed", "-o", "Reception")), 60_000);

  await deleteQueue(page, "Reception");
  await until("the queue is gone", async () => !/Reception/.test(await lpstat(v, "-e")));
  expect(await lpstat(v, "-e")).toContain("Back-room");
}, 180_000);

test("R26 R27 R60 a technician's browser uses a real IPP printer's own pages, and what is entered there is the printer's", async (ctx) => {
  needs(ctx, browserMissing() || cupsMissing() || Island.missing);
  const island = Island.make();
  const printer = await RealPrinter.start(island, "Floor 3");
  const cups = await Cups.start();
  const p = await Premises.start(cups.source, printer.names.inside);
  const device = await p.addDevice("Floor 3", printer.url);
  await p.turn("mfp", "on");
  const page = await openConsole(p.hub, (await p.way(device)).url);
  await page.waitForURL((u) => u.pathname === "/");
  expect(await page.title()).toBe("Floor 3");
  await hasText(page, /Idle, 0 job/);
  await page.getByRole("link", { name: "Supplies" }).click();
  await page.locator('input[name="supply1"]').fill("3");
  await press(page, "Update Supplies");
  await until("the toner is low", async () => /printer-state-reasons .*toner-low/.test(await printer.attributes()));
  await page.getByRole("link", { name: "Media" }).click();
  await page.locator('form[action="/media"]').waitFor();
  await look(page, "console-printer");
}, 120_000);
