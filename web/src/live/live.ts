/* Joins the change stream to what the pages have read.  One for the page, open while somebody is
 * logged in and looks: a hidden tab lets go of its connection, since a browser opens only six to a
 * host over HTTP/1.1, and reads again when it is shown. */
import { useSyncExternalStore } from "react";
import { onLoginEnded } from "../api/client.ts";
import { meQuery, queries } from "../api/queries.ts";
import { pauseMs, type Touched } from "./change.ts";
import { Stream, type Source, type StreamState } from "./stream.ts";

const hiddenMs = 30_000;
const answerMs = 3000;

let state: StreamState = "closed";
let wanted = false;
let hiding: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

function loadedPages(): number {
  const lists = queries.getQueryCache().findAll({ queryKey: ["sites"], type: "active" });
  const pages = lists.map((q) => (q.state.data as { pages?: unknown[] } | undefined)?.pages?.length);
  return Math.max(1, ...pages.map((n) => n ?? 1));
}

function reread(touched: Touched): void {
  const again = (...queryKey: string[]) => void queries.invalidateQueries({ queryKey });
  again("sites");
  again("licences");
  again("rules");
  again("customers");
  again("customer");
  again("sessions");
  again("session");
  if (touched.all) {
    again("note");
    again("site");
    again("devices");
    again("series");
    again("targets");
    return;
  }
  for (const site of touched.sites) {
    again("site", site);
    again("devices", site);
    again("series", site);
    again("note", site);
    again("targets", site);
  }
}

const stream = new Stream({
  open: () => new EventSource("/api/v1/changes") as unknown as Source,
  onTouched: reread,
  onState: (next) => {
    state = next;
    for (const watcher of watchers) watcher();
  },
  /* If the login has ended this read says so, and that leads to the login page. */
  onRefused: () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  answers: () =>
    fetch("/api/v1/me", { cache: "no-store", signal: AbortSignal.timeout(answerMs) }).then(
      () => true,
      () => false,
    ),
  pauseMs: () => pauseMs(loadedPages()),
});

function visibility(): void {
  clearTimeout(hiding);
  if (!wanted) return;
  if (document.hidden) hiding = setTimeout(() => stream.close(), hiddenMs);
  else stream.open();
}

document.addEventListener("visibilitychange", visibility);

export function startLive(): void {
  wanted = true;
  visibility();
}

export function stopLive(): void {
  wanted = false;
  clearTimeout(hiding);
  stream.close();
}

export function onEnded(handler: () => void): void {
  onLoginEnded(() => {
    stopLive();
    handler();
  });
}

/* When the hub last said something of itself, in this browser's time. */
export function heardAt(): number | null {
  return stream.heardAt;
}

export function useLive(): StreamState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
