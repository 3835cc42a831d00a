/** Floods on HTTP/2 against the real hub: each ends the flooder's connection, and somebody else is answered all the while. */
import { expect, onTestFinished, test } from "vitest";
import { CONTINUATION, END_HEADERS, END_STREAM, frame, FrameLine, get, HEADERS, keep, many, odd, PING, RST_STREAM, SETTINGS } from "../harness/frames.ts";
import { Hub } from "../harness/hub.ts";
import { until } from "../harness/until.ts";

const ENHANCE_YOUR_CALM = 11;
/** An answer waits for nobody's deadline (the shortest is 10 s), on however busy a machine. */
const AT_ONCE_MS = 5000;

/** Many times what each may cost, and less than the hub reads of who has had his last word (4 MiB); of
 * PING and SETTINGS less than libnghttp2 itself cuts, without a word. */
const FLOODS: Record<string, (hub: Hub) => Buffer> = {
  PING: () => many(500, () => frame(PING, 0, 0, Buffer.alloc(8))),
  SETTINGS: () => many(500, () => frame(SETTINGS, 0, 0, Buffer.alloc(0))),
  "rapid reset": (hub) => many(5000, (i) => Buffer.concat([frame(HEADERS, END_HEADERS | END_STREAM, odd(i), get(hub)), frame(RST_STREAM, 0, odd(i), Buffer.from([0, 0, 0, 8]))])),
  CONTINUATION: (hub) => Buffer.concat([frame(HEADERS, END_STREAM, 1, get(hub)), many(5000, () => frame(CONTINUATION, 0, 1, Buffer.alloc(0)))]),
  /** One large field is kept in the table, and named by one octet thousands of times. */
  "a bomb of fields": (hub) =>
    Buffer.concat([
      frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([get(hub), keep("x-large", "a".repeat(3900))])),
      many(50, (i) => frame(HEADERS, END_HEADERS | END_STREAM, odd(i + 1), Buffer.concat([get(hub), Buffer.alloc(16_000, 0x80 | 62)]))),
    ]),
};

/** Initial window size 0 (RFC 9113 section 6.5.2): whatever is answered waits. */
const TAKES_NOTHING = frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));

test("those who ask for much and take none of it go, and another client is answered", async () => {
  const hub = await Hub.start();
  const lines: FrameLine[] = [];
  // Twice the memory in which bodies may wait would be far more than is let wait.
  const each = 128, large = (await hub.http().call("GET", "/openapi.json")).text.length;
  while (!lines.some((f) => f.closed) && lines.length * each * large < 2 * 256 * 2 ** 20) {
    const f = await FrameLine.dial(hub);
    lines.push(f);
    f.socket.write(Buffer.concat([TAKES_NOTHING, many(each, (i) => frame(HEADERS, END_HEADERS | END_STREAM, odd(i), get(hub, "/openapi.json")))]));
    await until("all of it is answered or refused", () => f.closed || f.types.filter((type) => type === HEADERS || type === RST_STREAM).length >= each);
    expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
  }
  await until("some have gone", () => lines.some((f) => f.closed));
});

test("refusals that nobody takes wait for no more than some requests, the others are reset", async () => {
  const hub = await Hub.start();
  const f = await FrameLine.dial(hub);
  f.socket.write(Buffer.concat([TAKES_NOTHING, many(128, (i) => frame(HEADERS, END_HEADERS | END_STREAM, odd(i), get(hub, "/healthz", "elsewhere.test")))]));
  const count = (type: number) => f.types.filter((t) => t === type).length;
  await until("each has its answer", () => count(HEADERS) + count(RST_STREAM) === 128);
  expect([count(HEADERS) >= 10, count(RST_STREAM) >= 60, f.closed]).toEqual([true, true, false]);
});

test.for(Object.keys(FLOODS))("a flood (%s) ends the flooder's connection, and another client is answered meanwhile", async (name) => {
  const hub = await Hub.start();
  let [pouring, slowest, answers] = [true, 0, 0];
  const others = (async () => {
    while (pouring || answers === 0) {
      const from = performance.now();
      expect((await hub.http().call("GET", "/healthz")).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - from);
      answers++;
    }
  })();
  onTestFinished(() => void (pouring = false));
  for (let i = 0; i < 5; i++) {
    const f = await FrameLine.dial(hub);
    f.socket.write(FLOODS[name]!(hub));
    await until("it is cut off", () => f.closed);
    // libnghttp2 itself ends a flood of CONTINUATION, without a word.
    if (name !== "CONTINUATION") expect(f.goaway).toBe(ENHANCE_YOUR_CALM);
  }
  pouring = false;
  await others;
  expect(slowest, "ms").toBeLessThan(AT_ONCE_MS);
});
