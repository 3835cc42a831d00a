import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settingsWords } from "../../plugins.ts";

/* Of t("a.b"), find(`a.b.${c}`): the key, as far as it stands there. */
function namedIn(file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, file), "utf8");
  return [...source.matchAll(/\b(?:t|find)\(\s*(?:[\w.!?& ]+\?\s*)?["`]([a-z_.]+)/g)].map((m) => m[1]!);
}

test("the page has each word that it says", () => {
  const named = readdirSync(import.meta.dirname).filter((f) => f.endsWith(".tsx")).flatMap(namedIn);
  expect(named).toContain("set.targets.means");
  const missing = named.filter((key) => !settingsWords.some((p) => key.startsWith(p)));
  expect([...new Set(missing)]).toEqual([]);
});
