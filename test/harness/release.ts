/* release.ts - imported before everything else: this file's programs are those that are shipped, not the sanitizers', since it
 * measures them. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

process.env.IMPRIMATUR_BUILD = ".build/release";

export function releaseMissing(): string {
  const program = resolve(import.meta.dirname, "../../.build/release/src/hub/imprimatur-hub");
  return existsSync(program) ? "" : "not built: script/build release";
}
