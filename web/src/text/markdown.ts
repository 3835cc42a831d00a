/* The little of Markdown that texts/legal uses, as data: headings, paragraphs, lists, tables, and in
 * them **strong**, *emphasis* and `code`.  Anything else stays the text that it is. */

export interface Span {
  kind: "text" | "strong" | "em" | "code";
  text: string;
}

export type Block =
  | { kind: "heading"; level: number; spans: Span[] }
  | { kind: "paragraph"; spans: Span[] }
  | { kind: "list"; ordered: boolean; items: Span[][] }
  | { kind: "table"; head: Span[][]; rows: Span[][][] };

const marked = /\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`/g;

export function spans(text: string): Span[] {
  const all: Span[] = [];
  let at = 0;
  for (const m of text.matchAll(marked)) {
    if (m.index > at) all.push({ kind: "text", text: text.slice(at, m.index) });
    if (m[1] !== undefined) all.push({ kind: "strong", text: m[1] });
    else if (m[2] !== undefined) all.push({ kind: "em", text: m[2] });
    else all.push({ kind: "code", text: m[3]! });
    at = m.index + m[0].length;
  }
  if (at < text.length) all.push({ kind: "text", text: text.slice(at) });
  return all;
}

const item = /^(-|\d+\.)\s+(.*)$/;

function list(lines: string[]): Block {
  const items: string[] = [];
  for (const line of lines) {
    const start = item.exec(line);
    if (start) items.push(start[2]!);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return { kind: "list", ordered: /^\d/.test(lines[0]!), items: items.map(spans) };
}

function cells(line: string): Span[][] {
  return line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => spans(cell.trim()));
}

function block(lines: string[]): Block {
  const first = lines[0]!;
  const heading = /^(#{1,4})\s+(.*)$/.exec(first);
  if (heading) return { kind: "heading", level: heading[1]!.length, spans: spans(heading[2]!) };
  if (item.test(first)) return list(lines);
  if (first.startsWith("|") && /^\|[-|: ]+$/.test(lines[1] ?? ""))
    return { kind: "table", head: cells(first), rows: lines.slice(2).map(cells) };
  return { kind: "paragraph", spans: spans(lines.map((l) => l.trim()).join(" ")) };
}

export function markdown(text: string): Block[] {
  return text
    .split(/\n\s*\n/)
    .map((part) => part.split("\n").filter((line) => line.trim() !== ""))
    .filter((lines) => lines.length > 0)
    .map(block);
}
