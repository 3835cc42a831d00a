import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { markdown, spans, type Block } from "./markdown.ts";

test("headings, paragraphs, lists and tables are told apart", () => {
  const text = "# One\n\ntwo\nthree\n\n- a **b**\n  c\n- d\n\n1. e\n\n| f | g |\n|---|---|\n| `h` | *i* |\n";
  expect(markdown(text)).toEqual([
    { kind: "heading", level: 1, spans: [{ kind: "text", text: "One" }] },
    { kind: "paragraph", spans: [{ kind: "text", text: "two three" }] },
    {
      kind: "list",
      ordered: false,
      items: [
        [{ kind: "text", text: "a " }, { kind: "strong", text: "b" }, { kind: "text", text: " c" }],
        [{ kind: "text", text: "d" }],
      ],
    },
    { kind: "list", ordered: true, items: [[{ kind: "text", text: "e" }]] },
    {
      kind: "table",
      head: [[{ kind: "text", text: "f" }], [{ kind: "text", text: "g" }]],
      rows: [[[{ kind: "code", text: "h" }], [{ kind: "em", text: "i" }]]],
    },
  ]);
});

test("what is no mark stays text, markup of pages included", () => {
  const text = "5 * 3, a_b, <b>bold</b>, [R10]";
  expect(spans(text)).toEqual([{ kind: "text", text }]);
});

test("no word of the legal texts gets lost", () => {
  const legal = resolve(import.meta.dirname, "../../../texts/legal");
  const files = readdirSync(legal, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".md"));
  const said = (b: Block) => {
    if (b.kind === "list") return b.items.flat();
    return b.kind === "table" ? [...b.head.flat(), ...b.rows.flat(2)] : b.spans;
  };
  const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu)!.filter((w) => !/^\d$/.test(w));

  expect(files.length).toBeGreaterThanOrEqual(15);
  for (const file of files) {
    const text = readFileSync(join(legal, file), "utf8");
    const shown = markdown(text).flatMap(said).map((s) => s.text).join(" ");
    expect(words(shown)).toEqual(words(text));
    expect(shown).not.toMatch(/\*|`/);
  }
});
