/* The one table: 36 px rows, sticky head, columns that can be resized and stay so, virtual beyond
 * 100 rows; on a phone each row is a two-line card.
 *
 * `total` may be more than what is loaded: the scroll bar is true from the start, rows not yet
 * loaded are drawn empty, and `onReach` asks for them.  The current row (j, k) holds the focus on
 * its link, so that Enter, middle click and a copied address are the browser's own; it stays drawn
 * when it is scrolled out of sight, so that the focus is never lost.  Rows do not jump while somebody
 * points at them (steady.ts). */
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import type { Sort } from "../pages/search.ts";
import { useText } from "../text/i18n.ts";
import style from "./DataTable.module.css";
import { useKeys } from "./keys.ts";
import { useSteady } from "./steady.ts";

export interface Column<T, K extends string> {
  id: string;
  name: string;
  width: number;
  /* Takes what is left; one column has it. */
  grow?: boolean;
  right?: boolean;
  sort?: K;
  cell: (row: T) => ReactNode;
}

interface Props<T, K extends string> {
  label: string;
  columns: Column<T, K>[];
  rows: T[];
  total: number;
  /* Where the widths are kept. */
  remember: string;
  sort: Sort<K>;
  onSort: (by: K) => void;
  /* What the rows answer besides the order; another question is shown at once. */
  question?: string;
  card: (row: T) => ReactNode;
  onReach?: (index: number) => void;
  dim?: boolean;
  /* Scrolls by itself (a page of its own) or grows with its rows up to a height. */
  fill?: boolean;
  /* Rows can be walked with j and k, and start here. */
  walk?: { start: string | null; onWalk: (id: string) => void };
}

const rowPx = 36;
const cardPx = 68;
const headPx = 34;
const leastPx = 64;
const stepPx = 16;
const virtualBeyond = 100;

export const narrow = "(max-width: 700px)";

type Sizes = Record<string, number>;

function stored(key: string): Sizes {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    const sizes = Object.entries(value ?? {}).filter(([, v]) => typeof v === "number");
    return Object.fromEntries(sizes) as Sizes;
  } catch {
    return {};
  }
}

interface Widths {
  of: (c: { id: string; width: number }) => number;
  set: (id: string, px: number) => void;
  /* From the pointer's press on a column's handle to its release. */
  drag: (event: PointerEvent<HTMLElement>, id: string, px: number) => void;
}

/* Those that were changed are kept. */
function useWidths(remember: string): Widths {
  const key = `imprimatur.columns.${remember}`;
  const [sizes, setSizes] = useState(() => stored(key));
  const set = (id: string, px: number) =>
    setSizes((old) => ({ ...old, [id]: Math.max(leastPx, px) }));
  const drag: Widths["drag"] = (event, id, px) => {
    const handle = event.currentTarget;
    const from = event.clientX;
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (at) => set(id, px + at.clientX - from);
    handle.onlostpointercapture = () => (handle.onpointermove = null);
  };

  useEffect(() => {
    if (Object.keys(sizes).length > 0) localStorage.setItem(key, JSON.stringify(sizes));
  }, [key, sizes]);
  return { of: (c) => sizes[c.id] ?? c.width, set, drag };
}

export function DataTable<T extends { id: string }, K extends string>(props: Props<T, K>) {
  const { columns, onReach, walk, sort } = props;
  const { t } = useText();
  const cards = useMediaQuery(narrow, undefined, { getInitialValueInEffect: false }) ?? false;
  const box = useRef<HTMLDivElement>(null);
  const widths = useWidths(props.remember);
  const question = `${props.question} ${sort.by} ${sort.down}`;
  const { shown: rows, waits, release } = useSteady(props.rows, question, box);
  const total = Math.max(props.total, rows.length);
  const head = cards ? 0 : headPx;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => (cards ? cardPx : rowPx),
    overscan: 15,
    scrollMargin: head,
    scrollPaddingStart: head,
    enabled: total > virtualBeyond,
    useFlushSync: false,
  });
  const windowed = total > virtualBeyond;
  const items = virtual.getVirtualItems();
  const first = windowed ? (items[0]?.index ?? 0) : 0;
  const last = windowed ? (items.at(-1)?.index ?? -1) : total - 1;
  const size = cards ? cardPx : rowPx;

  useLayoutEffect(() => virtual.measure(), [cards, virtual]);
  useEffect(() => onReach?.(last), [last, onReach, rows.length]);

  const focus = (index: number) => {
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    row?.querySelector<HTMLElement>("a")?.focus({ preventScroll: windowed });
    if (!windowed) row?.scrollIntoView({ block: "nearest" });
    return row !== undefined && row !== null;
  };
  const { current, setCurrent, go } = useWalk(rows, walk, (index) => {
    if (windowed) virtual.scrollToIndex(index, { align: "auto" });
    /* At once, since Enter may follow; a row far away is drawn only after the scroll. */
    if (!focus(index)) requestAnimationFrame(() => requestAnimationFrame(() => focus(index)));
  });

  const at = rows.findIndex((row) => row.id === current);
  const parts = partsOf(first, last, at, total);
  const shared = { columns, rows, parts, size, current, setCurrent, total };

  return (
    <div
      ref={box}
      className={style.box}
      data-fill={props.fill}
      data-dim={props.dim}
      data-scroll-restoration-id={props.remember}
      /* Rows without a link: then the keyboard scrolls the box itself. */
      tabIndex={walk ? -1 : 0}
      role={walk ? undefined : "group"}
      aria-label={walk ? undefined : props.label}
      onKeyDown={walk && ((event) => onArrow(event, go))}
    >
      {waits && (
        <div className={style.held} title={t("ui.table.held.why")} role="status">
          {t("ui.table.held")}
          <button type="button" onClick={release}>
            {t("ui.table.order")}
          </button>
        </div>
      )}
      {cards ? (
        <Cards {...shared} label={props.label} card={props.card} />
      ) : (
        <table className={style.table} aria-label={props.label} aria-rowcount={total + 1}>
          <Head {...props} widths={widths} />
          <Rows {...shared} />
        </table>
      )}
    </div>
  );
}

/* Rows that are drawn one after the other, and how many are left out before them. */
interface Part {
  skipped: number;
  from: number;
  to: number;
}

/* The rows in sight, and the current one wherever it is; the last part only leaves out. */
export function partsOf(first: number, last: number, current: number, total: number): Part[] {
  const runs = last >= first ? [[first, last] as const] : [];
  if (current >= 0 && current < first) runs.unshift([current, current]);
  else if (current > last && current < total) runs.push([current, current]);
  let next = 0;
  const parts = runs.map(([from, to]) => {
    const skipped = from - next;
    next = to + 1;
    return { skipped, from, to };
  });
  return [...parts, { skipped: Math.max(0, total - next), from: 0, to: -1 }];
}

function each({ from, to }: Part): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/* Down and up as j and k, once one is among the rows. */
function onArrow(event: KeyboardEvent, go: (by: number) => void): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!(event.target as HTMLElement).closest("[data-index]")) return;
  event.preventDefault();
  go(by);
}

interface Drawn<T, K extends string> {
  columns: Column<T, K>[];
  rows: T[];
  parts: Part[];
  size: number;
  total: number;
  current: string | null;
  setCurrent: (id: string) => void;
}

function Head<T, K extends string>(props: Props<T, K> & { widths: Widths }) {
  const { t } = useText();
  const { columns, sort, onSort, widths } = props;
  const resize = (event: KeyboardEvent, id: string, width: number) => {
    const by = { ArrowLeft: -stepPx, ArrowRight: stepPx }[event.key];
    if (!event.shiftKey || !by) return;
    event.preventDefault();
    widths.set(id, width + by);
  };

  return (
    <>
      <colgroup>
        {columns.map((c) => (
          <col key={c.id} style={c.grow ? undefined : { width: widths.of(c) }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((c) => {
            const by = c.sort;
            const sorted = by !== undefined && sort.by === by;
            const Arrow = sort.down ? IconArrowDown : IconArrowUp;
            const order = sorted ? (sort.down ? "descending" : "ascending") : undefined;
            return (
              <th key={c.id} scope="col" aria-sort={order} data-right={c.right}>
                {by === undefined ? (
                  <span className={style.name}>{c.name}</span>
                ) : (
                  <button
                    type="button"
                    className={style.sort}
                    onClick={() => onSort(by)}
                    onKeyDown={(e) => resize(e, c.id, widths.of(c))}
                    title={t("ui.table.sort", { column: c.name })}
                  >
                    <span className={style.name}>{c.name}</span>
                    {sorted && <Arrow size={14} aria-hidden />}
                  </button>
                )}
                {!c.grow && (
                  <div
                    className={style.handle}
                    onPointerDown={(e) => widths.drag(e, c.id, widths.of(c))}
                    onDoubleClick={() => widths.set(c.id, c.width)}
                    aria-hidden
                  />
                )}
              </th>
            );
          })}
        </tr>
      </thead>
    </>
  );
}

function Rows<T extends { id: string }, K extends string>(p: Drawn<T, K>) {
  const wide = p.columns.length;

  return (
    <tbody>
      {p.parts.flatMap((part, i) => [
        part.skipped > 0 && (
          <tr key={`skip ${i - p.parts.length}`} aria-hidden>
            <td colSpan={wide} className={style.spacer} style={{ height: part.skipped * p.size }} />
          </tr>
        ),
        ...each(part).map((index) => {
          const row = p.rows[index];
          return (
            <tr
              key={row?.id ?? `at ${index}`}
              data-index={index}
              aria-rowindex={index + 2}
              data-current={row !== undefined && row.id === p.current}
              onFocus={row && (() => p.setCurrent(row.id))}
              onClick={openFromRow}
            >
              {p.columns.map((c) => (
                <td key={c.id} data-right={c.right}>
                  {row ? c.cell(row) : <span className={style.blank} />}
                </td>
              ))}
            </tr>
          );
        }),
      ])}
    </tbody>
  );
}

function Cards<T extends { id: string }, K extends string>(
  p: Drawn<T, K> & { label: string; card: (row: T) => ReactNode },
) {
  return (
    <ul className={style.cards} aria-label={p.label}>
      {p.parts.flatMap((part, i) => [
        part.skipped > 0 && (
          <li key={`skip ${i - p.parts.length}`} aria-hidden style={{ height: part.skipped * p.size }} />
        ),
        ...each(part).map((index) => {
          const row = p.rows[index];
          return (
            <li
              key={row?.id ?? `at ${index}`}
              data-index={index}
              className={style.card}
              aria-setsize={p.total}
              aria-posinset={index + 1}
              onFocus={row && (() => p.setCurrent(row.id))}
              onClick={openFromRow}
            >
              {row ? p.card(row) : <span className={style.blank} />}
            </li>
          );
        }),
      ])}
    </ul>
  );
}

/* The whole row is a target for the mouse; the link in it stays the one for everything else. */
function openFromRow(event: React.MouseEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  if (target.closest("a, button, input") || window.getSelection()?.toString()) return;
  const link = event.currentTarget.querySelector("a");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
}

function useWalk<T extends { id: string }>(
  rows: T[],
  walk: Props<T, string>["walk"],
  show: (index: number) => void,
) {
  const [current, set] = useState(walk?.start ?? null);
  const onWalk = walk?.onWalk;
  const setCurrent = useCallback(
    (id: string) => {
      set(id);
      onWalk?.(id);
    },
    [onWalk],
  );
  const go = (by: number) => {
    const at = rows.findIndex((row) => row.id === current);
    const to = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
    const row = rows[to];
    if (!row) return;
    setCurrent(row.id);
    show(to);
  };
  const open = (event: globalThis.KeyboardEvent) => {
    const at = rows.findIndex((row) => row.id === current);
    if (at < 0 || (event.target as HTMLElement).closest("a, button")) return;
    document.querySelector<HTMLElement>(`[data-index="${at}"] a`)?.click();
  };

  useKeys(walk ? { j: () => go(1), k: () => go(-1), Enter: open } : {});
  return { current, setCurrent, go };
}
