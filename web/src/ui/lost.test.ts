import { expect, test, vi } from "vitest";
import { inTime, isLost, mayReadAnew } from "./lost.ts";

test("a page is read anew for a lost part, and not again and again", () => {
  expect(mayReadAnew(null, 1_000_000)).toBe(true);
  expect(mayReadAnew("999000", 1_000_000)).toBe(false);
  expect(mayReadAnew("900000", 1_000_000)).toBe(true);
  expect(mayReadAnew("nonsense", 1_000_000)).toBe(true);
});

test("a part that does not come is lost, and one that comes late does no harm", async () => {
  vi.useFakeTimers();
  const never = inTime(new Promise(() => {})).catch((e: unknown) => isLost(e));
  const soon = inTime(Promise.resolve("page"));
  await vi.advanceTimersByTimeAsync(12_999);
  expect(await soon).toBe("page");
  await vi.advanceTimersByTimeAsync(1);
  expect(await never).toBe(true);
  vi.useRealTimers();
});
