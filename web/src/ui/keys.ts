/* Keyboard shortcuts: single keys and two-key sequences such as "g s".
 *
 * One listener for the page; the component that was shown last is asked first.  Nothing is taken
 * while somebody types, nor with Ctrl, Alt or Meta, which belong to the browser. */
import { useEffect, useRef } from "react";

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

const sequenceMs = 1000;

export class Matcher {
  private pending = "";
  private at = -Infinity;

  /* The shortcut that this key completes, or "" while one is only begun or none is meant. */
  match(key: string, now: number, known: (shortcut: string) => boolean): string {
    const pair = this.pending && now - this.at <= sequenceMs ? `${this.pending} ${key}` : "";
    this.pending = "";
    if (pair && known(pair)) return pair;
    if (known(key)) return key;
    if (/^[a-z]$/.test(key)) {
      this.pending = key;
      this.at = now;
    }
    return "";
  }
}

const maps: KeyMap[] = [];
const matcher = new Matcher();

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (typing(event.target) || document.querySelector("dialog[open], [role=menu]")) return;
  const found = matcher.match(event.key, event.timeStamp, (k) => maps.some((m) => k in m));
  const map = maps.findLast((m) => found in m);
  map?.[found]?.(event);
}

export function useKeys(map: KeyMap): void {
  const latest = useRef(map);
  useEffect(() => {
    latest.current = map;
  });
  const names = Object.keys(map).join("|");
  useEffect(() => {
    const mine: KeyMap = {};
    for (const name of names.split("|")) mine[name] = (event) => latest.current[name]?.(event);
    if (maps.length === 0) document.addEventListener("keydown", onKey);
    maps.push(mine);
    return () => {
      maps.splice(maps.indexOf(mine), 1);
      if (maps.length === 0) document.removeEventListener("keydown", onKey);
    };
  }, [names]);
}
