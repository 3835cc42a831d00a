import { expect, test, vi } from "vitest";
import { inTime, isLost, mayReadAnew } from "./lost.ts";

test("a page is read anew for a lost part, and not again and again", () => {
  expect(mayReadAnew(null, 1_000_000)).toBe(true);
  expect(mayReadAnew("999000", 1_000_000)).toBe(false);
  expect(mayReadAnew("900000", 1_000_000)).toBe(true);
  expect(mayReadAnew("nonsense", 1_000_000)).toBe(true);
});

test("a part that a silent hub does not give is lost, one that comes late is waited for", async () => {
  vi.useFakeTimers();
  const hub = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response());
  const thin = inTime(new Promise((take) => setTimeout(() => take("late"), 60_000)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await thin).toBe("late");
  hub.mockRejectedValue(new DOMException("", "TimeoutError"));
  const never = inTime(new Promise(() => {})).catch((e: unknown) => isLost(e));
  const soon = inTime(Promise.resolve("page"));
  await vi.advanceTimersByTimeAsync(11_999);
  expect(await soon).toBe("page");
  await vi.advanceTimersByTimeAsync(1);
  expect(await never).toBe(true);
  hub.mockRestore();
  vi.useRealTimers();
});
