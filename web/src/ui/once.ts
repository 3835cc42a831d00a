/* What is shown this once and exists nowhere else, such as the code of an invitation: while it stands there, or is on its way, only the
 * user leaves the page.  What else would leave it, the end of the login above all, waits for that and is said meanwhile (Once.tsx). */
let shown = 0;
let leave: (() => void) | null = null;
const watchers = new Set<() => void>();

function set(next: typeof leave): void {
  leave = next;
  for (const watcher of watchers) watcher();
}

/* Now, or once nothing keeps the page. */
export function leavePage(how: () => void): void {
  if (shown === 0) how();
  else set(how);
}

/* By the user's wish, whatever is shown. */
export function leaveNow(): void {
  const how = leave;
  set(null);
  how?.();
}

/* Keeps the page until the returned function is called. */
export function keepPage(): () => void {
  shown++;
  return () => {
    shown--;
    /* What comes in its place keeps the page in the same turn. */
    queueMicrotask(() => {
      if (shown === 0 && leave) leaveNow();
    });
  };
}

export function isToLeave(): boolean {
  return leave !== null;
}

export function watchLeaving(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}
