import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pauseMs, stepOf, touch, type Touched } from "./change.ts";
import { Stream, type Source, type StreamState } from "./stream.ts";

class FakeSource implements Source {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  on: Record<string, (event: { data: string }) => void> = {};
  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.on[type] = listener;
  }
  close(): void {
    this.readyState = 2;
  }
  up(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  ping(data = "5000"): void {
    this.on["ping"]?.({ data });
  }
  drop(forGood: boolean): void {
    this.readyState = forGood ? 2 : 0;
    this.onerror?.();
  }
  say(seq: number, site: string | null, kind = "site"): void {
    const change = { seq, at: "", verb: "v", actor: { kind: "connector", id: null } };
    const rest = { object: { kind, id: null }, customer_id: null, site_id: site };
    this.on["change"]?.({ data: JSON.stringify({ ...change, ...rest }) });
  }
}

let sources: FakeSource[];
let touched: Touched[];
let states: StreamState[];
let refused: number;
let answers: boolean;
let questions: number;
let stream: Stream;

beforeEach(() => {
  vi.useFakeTimers();
  sources = [];
  touched = [];
  states = [];
  refused = 0;
  answers = false;
  questions = 0;
  stream = new Stream({
    open: () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    onTouched: (t) => touched.push(t),
    onState: (s) => states.push(s),
    onRefused: () => refused++,
    answers: () => {
      questions++;
      return Promise.resolve(answers);
    },
    pauseMs: () => 1000,
  });
  stream.open();
});

afterEach(() => {
  stream.close();
  vi.useRealTimers();
});

function settled(): FakeSource {
  const source = sources.at(-1)!;
  source.up();
  vi.advanceTimersByTime(1000);
  touched.length = 0;
  return source;
}

test("a fresh stream makes the page read everything once it is open", () => {
  sources[0]!.up();
  vi.advanceTimersByTime(0);
  expect(touched).toEqual([{ all: true, sites: new Set() }]);
});

test("changes of one second are told at once, together", () => {
  const source = settled();
  source.say(1, "a");
  vi.advanceTimersByTime(0);
  expect(touched).toEqual([{ all: false, sites: new Set(["a"]) }]);
  source.say(2, "b");
  source.say(3, "b");
  source.say(4, "c");
  vi.advanceTimersByTime(999);
  expect(touched).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(touched[1]).toEqual({ all: false, sites: new Set(["b", "c"]) });
});

test("after the browser's own reconnect a repeated change is ignored and the next is taken", () => {
  const source = settled();
  source.say(7, "a");
  vi.advanceTimersByTime(1000);
  source.drop(false);
  expect(states.at(-1)).toBe("connecting");
  source.up();
  source.say(7, "a");
  vi.advanceTimersByTime(1000);
  expect(touched).toHaveLength(1);
  source.say(8, "b");
  vi.advanceTimersByTime(1000);
  expect(touched[1]).toEqual({ all: false, sites: new Set(["b"]) });
});

test("a number that skips makes the page read everything", () => {
  const source = settled();
  source.say(7, "a");
  source.say(9, "b");
  vi.advanceTimersByTime(1000);
  expect(touched.some((t) => t.all)).toBe(true);
});

test("a refused stream is dialled again with growing pauses, and then everything is read", () => {
  settled().drop(true);
  expect(states.at(-1)).toBe("waiting");
  expect(refused).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(sources).toHaveLength(2);
  sources[1]!.drop(true);
  vi.advanceTimersByTime(1000);
  expect(sources).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(sources).toHaveLength(3);
  sources[2]!.up();
  vi.advanceTimersByTime(1000);
  expect(touched).toEqual([{ all: true, sites: new Set() }]);
});

test("a hub whose ping does not come, and that answers no question, is silent; what it was known by is told", async () => {
  const source = settled();
  source.ping();
  vi.advanceTimersByTime(5000);
  source.ping();
  const heard = Date.now();
  await vi.advanceTimersByTimeAsync(7999);
  expect(states.at(-1)).toBe("live");
  await vi.advanceTimersByTimeAsync(1);
  expect(states.at(-1)).toBe("silent");
  expect(stream.heardAt).toBe(heard);
  expect(source.readyState).toBe(2);
});

test("a change is a sign of life as a ping is", async () => {
  const source = settled();
  source.ping();
  for (let seq = 1; seq < 10; seq++) {
    await vi.advanceTimersByTimeAsync(4000);
    source.say(seq, "a");
  }
  expect(states.at(-1)).toBe("live");
  expect(questions).toBe(0);
});

test("a silent hub is dialled again and again, and is silent until it answers; then everything is read", async () => {
  settled().ping();
  await vi.advanceTimersByTimeAsync(8000);
  const before = states.length;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(sources.length).toBeGreaterThan(3);
  expect(new Set(states.slice(before))).toEqual(new Set(["silent"]));
  touched.length = 0;
  sources.at(-1)!.up();
  sources.at(-1)!.ping();
  await vi.advanceTimersByTimeAsync(7000);
  expect(states.at(-1)).toBe("live");
  expect(touched).toEqual([{ all: true, sites: new Set() }]);
});

test("where streams alone are held back the hub is not called silent, and the stream is dialled again", async () => {
  answers = true;
  settled().ping();
  await vi.advanceTimersByTimeAsync(8000);
  expect(states.at(-1)).toBe("waiting");
  await vi.advanceTimersByTimeAsync(60_000); // nor does another one open
  expect(states).not.toContain("silent");
  expect(sources.length).toBeGreaterThan(4);
});

test("a page that was asleep hears what had come before it judges", async () => {
  const source = settled();
  source.ping();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(8000);
  source.ping(); // it lay there
  await vi.advanceTimersByTimeAsync(1000);
  expect(questions).toBe(1);
  expect(states.at(-1)).toBe("live");
  expect(sources.length).toBe(1);
});

test("a hub that is gone, which the browser dials in vain, is silent too", async () => {
  const source = settled();
  source.ping();
  source.drop(false);
  expect(states.at(-1)).toBe("connecting");
  await vi.advanceTimersByTimeAsync(8000);
  expect(states.at(-1)).toBe("silent");
  sources.at(-1)!.drop(false);
  expect(states.at(-1)).toBe("silent");
});

test("a hub that refuses has spoken", async () => {
  settled().ping();
  await vi.advanceTimersByTimeAsync(9000);
  expect(states.at(-1)).toBe("silent");
  sources.at(-1)!.drop(true);
  expect(states.at(-1)).toBe("waiting");
});

test("a hub of before, which sends no pings, is not missed; nor is one that has been closed", async () => {
  const source = settled();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(states.at(-1)).toBe("live");
  source.ping("soon");
  source.ping();
  stream.close();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(states.at(-1)).toBe("closed");
});

test("a closed stream says nothing more and dials no more", () => {
  const source = settled();
  source.say(1, "a");
  stream.close();
  source.drop(true);
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  expect(touched).toEqual([]);
});

test("what is not a change is ignored", () => {
  const source = settled();
  source.on["change"]?.({ data: "not json" });
  source.on["change"]?.({ data: "{}" });
  vi.advanceTimersByTime(1000);
  expect(touched).toEqual([]);
});

test("a login or a person touches nothing, a customer touches everything", () => {
  const source = settled();
  source.say(1, null, "login");
  vi.advanceTimersByTime(1000);
  expect(touched).toEqual([]);
  source.say(2, null, "customer");
  vi.advanceTimersByTime(1000);
  expect(touched[0]?.all).toBe(true);
});

test("steps and pauses", () => {
  expect([stepOf(null, 5), stepOf(5, 6), stepOf(5, 5), stepOf(5, 7)]).toEqual([
    "next",
    "next",
    "seen",
    "gap",
  ]);
  expect([pauseMs(0), pauseMs(1), pauseMs(3), pauseMs(50)]).toEqual([1000, 1000, 2000, 15_000]);
  const t: Touched = { all: false, sites: new Set() };
  touch(t, { site_id: "s", object: { kind: "site", id: "s" } } as never);
  expect(t.sites.has("s")).toBe(true);
});
