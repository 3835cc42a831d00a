/* The codes as a file.  Pure. */
import { csvText } from "../../text/csv.ts";

export interface Coded {
  customer: string | null;
  site: string | null;
  language: string | null;
  mail_to: string | null;
  invitation: { code: string; expires_at: string } | null;
}

export function codesCsv(rows: Coded[], origin: string): string {
  const head = ["customer", "site", "language", "mail_to", "code", "good_until", "link"];
  const lines = rows.flatMap((r) => {
    const i = r.invitation;
    if (!i) return [];
    const link = `${origin}/install#${i.code}`;
    return [[r.customer, r.site, r.language, r.mail_to, i.code, i.expires_at, link].map((v) => v ?? "")];
  });
  return csvText([head, ...lines]);
}
