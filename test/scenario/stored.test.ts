/** What is stored at the site is what docs/data.md says, and nothing else. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Connector } from "../harness/connector.ts";
import { Hub, newSite } from "../harness/hub.ts";
import { PaperCut } from "../harness/papercut.ts";
import { root } from "../harness/place.ts";
import { until } from "../harness/until.ts";

interface Row {
  file: RegExp;
  optional: boolean;
  empty: boolean;
  members: string[];
}

/** The rows of the table below "What is stored at the site". */
function documented(): Row[] {
  const text = readFileSync(join(root, "docs/data.md"), "utf8");
  const table = text.slice(text.indexOf("## What is stored at the site"));
  return [...table.matchAll(/^\| `([^`]+)`([^|]*)\|[^|]*\|([^|]*)\|/gm)].map(([, name, mark, content]) => ({
    file: new RegExp(`^${name!.replace(/[.]/g, "\\.").replace("*", "[0-9]+")}$`),
    optional: mark!.includes("not always"),
    empty: content!.trim() === "nothing",
    members: [...content!.matchAll(/`([^`]+)`/g)].map((m) => m[1]!),
  }));
}

function files(dir: string, below = ""): string[] {
  return readdirSync(join(dir, below), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(dir, join(below, e.name)) : [join(below, e.name)],
  );
}

function membersOf(name: string, text: string): string[] {
  if (name.endsWith(".json")) return Object.keys(JSON.parse(text) as object);
  return text
    .split("\n")
    .filter((l) => l.trim() && !l.startsWith("#"))
    .map((l) => l.split("=")[0]!.trim());
}

test("R65 the connector's folder holds the files that docs/data.md lists, and in them what it lists", async () => {
  const hub = await Hub.start();
  const papercut = await PaperCut.start();
  const { provider, site } = await newSite(hub);
  const c = await Connector.forSite(hub, provider, site, papercut.source);
  await until("the site is ok", async () => (await provider.api.site(site.id)).status === "ok");
  await c.monitoring("off");
  await until("the hub shows it", async () => (await provider.api.site(site.id)).status === "monitoring_off");
  await c.monitoring("on");
  await until("the site is ok again", async () => (await provider.api.site(site.id)).status === "ok");
  await until("it has written what it says of itself", () => files(c.dir).includes("status.json"));
  await c.program!.kill9(); // in the midst of its work: a file may have been about to be replaced

  const rows = documented();
  const found = files(c.dir);
  expect(rows.length).toBeGreaterThan(8);
  for (const name of found) {
    if (name.endsWith(".new") && rows.some((r) => r.file.test(name.slice(0, -".new".length)))) continue;
    const row = rows.find((r) => r.file.test(name));
    expect(row, `${name} is not in docs/data.md`).toBeDefined();
    expect(statSync(join(c.dir, name)).mode & 0o077, `${name} is for the service alone`).toBe(0);
    if (row!.empty) expect(statSync(join(c.dir, name)).size, name).toBe(0);
    if (row!.members.length)
      for (const m of membersOf(name, c.read(name))) expect(row!.members, `${m} of ${name}`).toContain(m);
  }
  for (const r of rows.filter((r) => !r.optional))
    expect(found.some((name) => r.file.test(name)), `${r.file} is there`).toBe(true);
});
