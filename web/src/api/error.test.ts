import { expect, test } from "vitest";
import { ApiError, LateError, mayRetry } from "./error.ts";

test("what was waited for in vain is not asked for again at once, what broke off is", () => {
  expect([new LateError(), new ApiError("network", 0), new ApiError("busy", 503), new ApiError("denied", 403)].map(mayRetry)).toEqual([false, true, true, false]);
  expect(new LateError().code).toBe("network");
});
