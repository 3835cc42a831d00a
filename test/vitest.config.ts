/* Scenarios start real servers: few at a time, each file in a process of its own, and time for sanitizer builds. */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // script/test install: minutes on a machine of its own, not for every run.
    include: [process.env.TEST_INSTALL ? "install/**/*.test.ts" : "scenario/**/*.test.ts"],
    pool: "forks",
    // One more than there are cores: a third of their time is waiting for clocks that are the thing tested.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    // On a machine that is busy a real browser now and then misses a deadline.  What passes only at its second try is named at
    // the end (script/sum): it is looked into, but does not hold up a change that has nothing to do with it.
    retry: process.env.TEST_INSTALL ? 0 : 1,
    testTimeout: process.env.TEST_INSTALL ? 900_000 : 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
  },
});
