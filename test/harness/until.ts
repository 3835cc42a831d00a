/* until.ts - how scenarios wait: for a condition, never for a time. */

/** Asks `condition` until it gives something true, and returns that.  What it throws counts as "not yet". */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  within_ms = 20_000,
): Promise<Exclude<T, false | null | undefined | "" | 0>> {
  const end = performance.now() + within_ms;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | "" | 0>;
      last = value;
    } catch (e) {
      last = e;
    }
    if (performance.now() > end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`waited ${within_ms} ms in vain until ${what}; last: ${seen}`);
    }
    await new Promise((r) => setTimeout(r, 50));
  }
}

/** Asserts that `condition` stays true as long as `during` has not ended: for "this does not happen meanwhile". */
export async function always(what: string, condition: () => boolean | Promise<boolean>, during: Promise<unknown>) {
  let over = false;
  const end = during.finally(() => (over = true));
  while (!over) {
    if (!(await condition())) throw new Error(`no longer true: ${what}`);
    await Promise.race([end, new Promise((r) => setTimeout(r, 50))]);
  }
  await end;
}
