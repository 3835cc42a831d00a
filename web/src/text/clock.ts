/* The hub's time.  Ages are told against it: a desk whose clock is wrong must not make a healthy
 * site look silent.  One ticker for the whole page, slow enough to be quiet. */
import { useSyncExternalStore } from "react";

const tickMs = 5000;
/* The Date header has whole seconds: below this, a difference is not one. */
const noiseMs = 2000;

let offsetMs = 0;
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

export function learnTime(dateHeader: string | null, local = Date.now()): void {
  const hub = dateHeader === null ? NaN : Date.parse(dateHeader);
  if (Number.isNaN(hub)) return;
  const off = hub - local;
  offsetMs = Math.abs(off) <= noiseMs ? 0 : off;
}

export function hubNow(): number {
  return Date.now() + offsetMs;
}

function tick(): void {
  nowMs = hubNow();
  for (const watcher of watchers) watcher();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === undefined) {
    nowMs = hubNow();
    timer = setInterval(tick, tickMs);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/* The time as of the last tick; fresh data may be newer than it, which ages clamp. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
