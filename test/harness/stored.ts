/* stored.ts - what lies in a connector's folder against the table in docs/data.md (R65). */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Connector } from "./connector.ts";
import { root } from "./place.ts";

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

export function files(dir: string, below = ""): string[] {
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

/** Every file has its row and is the service's alone, and holds what its row says; every row that is always so has its file. */
export function checkStored(c: Connector): void {
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
}
