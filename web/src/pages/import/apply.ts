/* The two calls of an import: what would become of each row, and doing it. */
import { api, call, type Schemas } from "../../api/client.ts";
import type { Language } from "../../text/i18n.ts";

export type Import = Schemas["import"];
export type Row = Import["rows"][number];

/* A call takes some seconds for so many; then the page says how far it is. */
const rowsAtOnce = 200;

export function check(csv: string, language: Language): Promise<Import> {
  return call(api.POST("/api/v1/imports", { body: { csv, language } }));
}

export const isNew = (row: Row) => row.verdict === "new_customer" || row.verdict === "new_site";

/* Each row's outcome; rows keep their lines.  What was done stays done if a call fails: the rows
 * so far come with the error, because their codes are shown this once. */
export async function apply(
  rows: Row[],
  language: Language,
  invite: boolean,
  mail: boolean,
  onProgress: (done: number) => void,
): Promise<{ rows: Row[]; error?: unknown }> {
  const todo = rows.filter(isNew);
  const done: Row[] = [];

  for (let at = 0; at < todo.length; at += rowsAtOnce) {
    const part = todo.slice(at, at + rowsAtOnce);
    const body = {
      apply: true,
      invite,
      mail,
      language,
      rows: part.map((r) => ({
        customer: r.customer ?? "",
        site: r.site ?? undefined,
        language: r.language ?? undefined,
        mail_to: r.mail_to ?? undefined,
      })),
    };
    try {
      const answer = await call(api.POST("/api/v1/imports", { body }));
      done.push(...answer.rows.map((row, i) => ({ ...row, line: part[i]!.line })));
    } catch (error) {
      return { rows: done, error };
    }
    if (done.some((r) => r.verdict === "failed")) break;
    onProgress(done.length);
  }
  return { rows: done };
}
