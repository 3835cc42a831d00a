/* skip.ts - tests that need what a machine may lack are skipped by name, with the reason in script/test's last lines. */
import type { TestContext } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    skipped?: string;
  }
}

/** Skips the test if any of the reasons (empty: nothing is missing) says so. */
export function needs(ctx: TestContext, ...missing: string[]): void {
  const why = missing.filter(Boolean).join("; ");
  if (why === "") return;
  ctx.task.meta.skipped = why;
  ctx.skip(why);
}
