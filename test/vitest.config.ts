/* Scenarios start real servers: few at a time, each file in a process of its own, and time for sanitizer builds. */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["scenario/**/*.test.ts"],
    pool: "forks",
    maxWorkers: Math.min(4, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
