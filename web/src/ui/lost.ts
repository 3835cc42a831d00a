/* A part of the page that could not be fetched: the line was away for a moment, or the hub has been upgraded since this page was read
 * and has that part under another name.  Either way the page is read anew, once the hub answers: the address is its state, and what was
 * typed is kept. */
const stored = "imprimatur.read_anew";
/* One that is lost again so soon is lost for another reason. */
const againMs = 30_000;
const everyMs = 3000;
const answerMs = 2500;

const lost = new WeakSet<Error>();

export function noteLostParts(): void {
  window.addEventListener("vite:preloadError", (event) => void lost.add(event.payload));
}

const lateMs = 12_000;

/* A part that has not come by then is lost if the hub is silent: of one that is frozen it is said within 15 s.  On a thin line it is
 * waited for. */
export function inTime<T>(part: Promise<T>): Promise<T> {
  return new Promise((take, refuse) => {
    const late = setTimeout(async () => {
      if (await answers()) return;
      const error = new Error("a part of the page did not come");
      lost.add(error);
      refuse(error);
    }, lateMs);
    part.then(take, refuse).finally(() => clearTimeout(late));
  });
}

export function isLost(error: unknown): boolean {
  return error instanceof Error && lost.has(error);
}

/* Whether a page that was last read anew at `last` may be so at `now`. */
export function mayReadAnew(last: string | null, now: number): boolean {
  return last === null || !(now - Number(last) < againMs);
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(answerMs) })).ok;
  } catch {
    return false;
  }
}

/* Goes on until the hub answers, or the answer is stopped. */
export function readAnew(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const ask = async () => {
    if (!(await answers())) {
      if (!stopped) timer = setTimeout(() => void ask(), everyMs);
      return;
    }
    if (stopped) return;
    sessionStorage.setItem(stored, String(Date.now()));
    location.reload();
  };

  if (mayReadAnew(sessionStorage.getItem(stored), Date.now())) void ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
