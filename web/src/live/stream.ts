/* Follows the change log by EventSource.
 *
 *   closed --open()--> connecting --(open)--> live --(lost)--> connecting   the browser's own retry,
 *     ^                    |                                                with Last-Event-ID
 *     |                    |--(refused)--> waiting --(back-off)--> connecting  a new one, without it
 *     |                    '--(silence)--> waiting | silent --(pause)--> ...   a new one; silent: the hub answers nothing else, either
 *     '---------------------------------- close() from anywhere
 *
 * A hub that is frozen, or a line that swallows everything, ends no connection: the hub's pings are missed then.  One says when the next
 * comes; a hub of before sends none, and is not missed.  Whoever is missed is asked before it is called silent: a proxy may hold back
 * streams alone, and a page that was asleep hears late.
 *
 * EventSource gives up for good when the answer is an error (a hub that restarts behind a proxy
 * says 502).  Then a new one is made after a pause; it cannot name the last event, so it starts
 * with what happens from now on, and the page reads everything again once it is open. */
import { parseChange, stepOf, touch, type Touched } from "./change.ts";

export type StreamState = "closed" | "connecting" | "live" | "waiting" | "silent";

export interface Source {
  readyState: number;
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  addEventListener(type: "change" | "ping", listener: (event: { data: string }) => void): void;
  close(): void;
}

export interface StreamOps {
  open: () => Source;
  /* Called soon after each change, at most once a pause. */
  onTouched: (touched: Touched) => void;
  onState: (state: StreamState) => void;
  /* The stream was refused: the login may have ended. */
  onRefused: () => void;
  /* Whether the hub answers a question, whatever; within a few seconds. */
  answers: () => Promise<boolean>;
  pauseMs: () => number;
}

const closedForGood = 2;
const firstBackoffMs = 1000;
const lastBackoffMs = 15_000;
/* Until the hub answers at all; and a ping may be so late. */
const answerMs = 10_000;
const lateMs = 3000;

export class Stream {
  private source: Source | null = null;
  private last: number | null = null;
  private backoffMs = firstBackoffMs;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private flush: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private patienceMs: number | undefined;
  private asked = 0;
  private silent = false;
  private heard: number | null = null;
  private flushedAt = -Infinity;
  private touched: Touched = { all: false, sites: new Set() };
  private readonly ops: StreamOps;

  constructor(ops: StreamOps) {
    this.ops = ops;
  }

  open(): void {
    if (this.source || this.retry) return;
    this.dial();
  }

  /* When the hub last said something here; null: it never has. */
  get heardAt(): number | null {
    return this.heard;
  }

  close(): void {
    clearTimeout(this.retry);
    clearTimeout(this.flush);
    this.retry = this.flush = undefined;
    this.silent = false;
    this.drop();
    this.touched = { all: false, sites: new Set() };
    this.ops.onState("closed");
  }

  private dial(): void {
    const source = this.ops.open();
    this.source = source;
    this.last = null;
    this.patienceMs = undefined;
    if (!this.silent) this.ops.onState("connecting");
    this.miss(answerMs);
    source.onopen = () => {
      this.backoffMs = firstBackoffMs;
      this.hear();
      this.ops.onState("live");
      /* Not resumed: what happened between the page's first reads and now is not told. */
      if (this.last === null) this.gather({ all: true, sites: new Set() });
    };
    source.onerror = () => this.lost(source);
    source.addEventListener("change", (event) => {
      this.hear();
      this.take(event.data);
    });
    source.addEventListener("ping", (event) => {
      const everyMs = Number(event.data);
      if (everyMs > 0) this.patienceMs = everyMs + lateMs;
      this.hear();
    });
  }

  private drop(): void {
    this.asked++;
    this.miss(undefined);
    this.source?.close();
    this.source = null;
  }

  private hear(): void {
    this.heard = Date.now();
    this.asked++;
    this.miss(this.patienceMs);
    this.silent = false;
  }

  /* undefined: nothing is waited for. */
  private miss(ms: number | undefined): void {
    clearTimeout(this.watch);
    this.watch = ms === undefined ? undefined : setTimeout(() => this.missed(), ms);
  }

  private missed(): void {
    const mine = ++this.asked;

    this.watch = undefined;
    void this.ops.answers().then((yes) => {
      if (mine === this.asked) this.judge(yes);
    });
  }

  /* Nothing has been heard of the stream while the hub was asked. */
  private judge(answers: boolean): void {
    this.silent = !answers;
    this.drop();
    this.ops.onState(answers ? "waiting" : "silent");
    this.again(firstBackoffMs);
  }

  private lost(source: Source): void {
    if (source !== this.source) return;
    if (source.readyState !== closedForGood) {
      if (!this.silent) this.ops.onState("connecting");
      if (this.watch === undefined) this.miss(answerMs);
      return;
    }
    this.silent = false;
    this.drop();
    this.ops.onState("waiting");
    this.ops.onRefused();
    this.again(this.backoffMs);
    this.backoffMs = Math.min(lastBackoffMs, this.backoffMs * 2);
  }

  private again(ms: number): void {
    if (this.source || this.retry) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.dial();
    }, ms);
  }

  private take(data: string): void {
    const change = parseChange(data);
    if (!change) return;
    const step = stepOf(this.last, change.seq);
    if (step === "seen") return;
    this.last = change.seq;
    const touched: Touched = { all: step === "gap", sites: new Set() };
    touch(touched, change);
    if (touched.all || touched.sites.size > 0) this.gather(touched);
  }

  private gather(more: Touched): void {
    this.touched.all ||= more.all;
    for (const site of more.sites) this.touched.sites.add(site);
    if (this.flush !== undefined) return;
    const wait = Math.max(0, this.flushedAt + this.ops.pauseMs() - Date.now());
    this.flush = setTimeout(() => {
      const touched = this.touched;
      this.flush = undefined;
      this.flushedAt = Date.now();
      this.touched = { all: false, sites: new Set() };
      this.ops.onTouched(touched);
    }, wait);
  }
}
