/* Devices take their time: what a technician's browser gets of one that is slow is what it would get on site. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { browserMissing, newTab, technicians } from "../harness/browser.ts";
import { Island } from "../harness/island.ts";
import { Premises } from "../harness/premises.ts";
import { Program } from "../harness/program.ts";
import { needs } from "../harness/skip.ts";
import { until } from "../harness/until.ts";

const PARTS = 18;

/** A device whose parts take 2 s each, whose news come after 20 s, and where a button does something for 25 s. */
const DEVICE = `
const page = '<!doctype html><html lang="en"><title>Slow</title><link rel="icon" href="data:,">' +
  Array.from({ length: ${PARTS} }, (_, i) => '<img alt="" src="/part?' + i + '">').join("");
const later = (ms, res, type, text) => setTimeout(() => res.setHeader("content-type", type) && res.end(text), ms);
require("node:http").createServer((req, res) => {
  if (req.url.startsWith("/part")) later(2000, res, "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  else if (req.method === "POST") later(25000, res, "text/html", "<!doctype html><title>Done</title><p>All users are there");
  else if (req.url === "/button") later(0, res, "text/html", '<!doctype html><title>Button</title><form method="post" action="/sync"><button>Synchronise</button></form>');
  else if (req.url === "/news") later(20000, res, "text/plain", "something new");
  else later(0, res, "text/html", page);
}).listen(80, "0.0.0.0");
`;

function answers(host: string): Promise<boolean> {
  return new Promise((done) => {
    const s = connect(80, host, () => done(true));
    s.on("error", () => done(false)).on("connect", () => s.destroy());
  });
}

test("R3 R56 a slow device’s page has all its parts, its scripts wait for news, and its buttons for what they do, as on site", async (ctx) => {
  needs(ctx, browserMissing() || Island.missing);
  const island = Island.make();
  Program.start(process.execPath, ["-e", DEVICE], { inside: island.inside, foreign: true });
  await until("the device is up", () => answers(island.theirs));
  const p = await Premises.start("http://127.0.0.1:9");
  await p.turn("mfp", "on");
  const { url } = await p.way(await p.addDevice("Slow", `http://${island.theirs}`));
  const { page, complaints } = await newTab(await technicians(p.hub));
  await page.goto(url);
  // Not the load event: that of the page before, which leads here, may be taken for it.
  const loaded = (parts: number) => document.readyState === "complete" && document.images.length === parts;
  await until("the page has loaded", () => page.evaluate(loaded, PARTS), 100_000);
  expect(await page.evaluate(() => [...document.images].map((i) => i.naturalWidth))).toEqual(Array(PARTS).fill(9));
  const news = await page.evaluate(async () => {
    const a = await fetch("/news");
    return [a.status, await a.text()];
  });
  expect(news).toEqual([200, "something new"]);
  expect(complaints).toEqual([]);

  await page.goto(new URL("/button", page.url()).href);
  await page.getByRole("button").click({ noWaitAfter: true });
  await page.getByText("All users are there").waitFor({ timeout: 60_000 });
  expect(complaints).toEqual([]);
}, 240_000);
