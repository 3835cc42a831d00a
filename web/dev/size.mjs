// node dev/size.mjs [--list]: what the pages weigh as they are sent (brotli), against their budgets.
//
// The first screen is the login and the list: the entry, all that it imports, its styles and one
// language.  Fails above 180 KB for that, 350 KB for everything, 120 KB for the settings page or for the desk's; the
// build ends with it.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const web = resolve(import.meta.dirname, "..");
const dist = join(web, "dist");
const settings = join(web, "dist-settings");
const desk = join(web, "dist-desk");
const list = process.argv.includes("--list");
const budget = { first: 180 * 1024, all: 350 * 1024, settings: 120 * 1024, desk: 120 * 1024 };

const chunks = JSON.parse(readFileSync(join(web, "node_modules/.cache/chunks.json"), "utf8"));
const byFile = new Map(chunks.map((c) => [c.file, c]));

function brotli(file, root = dist) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return brotliCompressSync(readFileSync(join(root, file)), { params }).length;
}

function filesOf(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => join(f.parentPath, f.name).slice(root.length + 1))
    // No page loads it.
    .filter((f) => f !== "licences.txt")
    .sort();
}

function needs(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const chunk = byFile.get(file);
  for (const css of chunk?.css ?? []) found.add(css);
  for (const next of chunk?.imports ?? []) needs(next, found);
  return found;
}

const entry = chunks.find((c) => c.entry);
const first = needs(entry.file);
first.add("index.html");
// The languages are alike; the largest stands for the one that is loaded.  (`?more`: of pages that come later.)
const words = chunks.filter((c) => /^texts\/\w+\.json$/.test(c.source ?? "")).map((c) => c.file);
first.add(words.sort((a, b) => brotli(b) - brotli(a))[0]);
for (const name of readdirSync(join(dist, "assets")))
  if (/^icon-.*\.svg$/.test(name)) first.add(`assets/${name}`);

const sums = { first: 0, all: 0, settings: 0, desk: 0 };
for (const file of filesOf(settings)) sums.settings += brotli(file, settings);
for (const file of filesOf(desk)) sums.desk += brotli(file, desk);
for (const file of filesOf(dist)) {
  const size = brotli(file);
  sums.all += size;
  if (first.has(file)) sums.first += size;
  if (list) console.log(`${String(size).padStart(8)}  ${first.has(file) ? "first" : "     "}  ${file}`);
}
let failed = false;
for (const [what, size] of Object.entries(sums)) {
  const over = size > budget[what];
  failed ||= over;
  const kb = (n) => (n / 1024).toFixed(1);
  console.log(`${what}: ${kb(size)} KB of ${kb(budget[what])} KB${over ? ": too much" : ""}`);
}
process.exit(failed ? 1 : 0);
