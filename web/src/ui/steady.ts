/* Rows that keep their place while somebody points at them or walks through them: what they say is
 * new, the order is that of before.  A row that is there no more stays as it was last, and new ones
 * stand at the end, until the order may change again. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";

interface Row {
  id: string;
}

/* A pointer that lies still points at nothing any more. */
const stillMs = 15_000;

export function keepPlace<T extends Row>(shown: readonly T[], rows: readonly T[]): T[] {
  const now = new Map(rows.map((row) => [row.id, row]));
  const kept = shown.map((row) => now.get(row.id) ?? row);
  const old = new Set(shown.map((row) => row.id));
  return [...kept, ...rows.filter((row) => !old.has(row.id))];
}

export function sameOrder(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, i) => row.id === b[i]?.id);
}

/* Whether somebody's pointer moves over the box, or the focus is on one of its rows. */
function useBusy(box: RefObject<HTMLElement | null>): boolean {
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const at = box.current;
    if (!at) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setBusy(false), stillMs);
      setBusy(true);
    };
    const end = () => {
      clearTimeout(timer);
      setBusy(false);
    };
    const onFocus = (event: FocusEvent) => {
      if ((event.target as HTMLElement).closest("[data-index]")) begin();
    };
    const on = ["pointermove", "pointerdown", "keydown", "wheel"] as const;
    for (const name of on) at.addEventListener(name, begin, { passive: true });
    at.addEventListener("focusin", onFocus);
    at.addEventListener("pointerleave", end);
    return () => {
      clearTimeout(timer);
      for (const name of on) at.removeEventListener(name, begin);
      at.removeEventListener("focusin", onFocus);
      at.removeEventListener("pointerleave", end);
    };
  }, [box]);
  return busy;
}

/* `question`: what the rows answer; another one is shown at once. */
export function useSteady<T extends Row>(
  rows: T[],
  question: string,
  box: RefObject<HTMLElement | null>,
): { shown: T[]; waits: boolean; release: () => void } {
  const busy = useBusy(box);
  const last = useRef({ question, shown: rows });
  const [turn, setTurn] = useState(0);
  const held = busy && last.current.question === question;
  const shown = useMemo(
    () => (held ? keepPlace(last.current.shown, rows) : rows),
    /* `turn`: what was last shown has been replaced. */
    [held, rows, turn],
  );

  useLayoutEffect(() => {
    last.current = { question, shown };
  });
  return {
    shown,
    waits: held && shown !== rows && !sameOrder(shown, rows),
    release: () => {
      last.current = { question, shown: rows };
      setTurn((n) => n + 1);
    },
  };
}
