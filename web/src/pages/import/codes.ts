/* The codes as a file.  Pure. */
export interface Coded {
  customer: string | null;
  site: string | null;
  language: string | null;
  mail_to: string | null;
  invitation: { code: string; expires_at: string } | null;
}

/* What a spreadsheet would take for a formula stays a text with an apostrophe in front. */
export function csvField(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function codesCsv(rows: Coded[], origin: string): string {
  const head = ["customer", "site", "language", "mail_to", "code", "good_until", "link"];
  const lines = rows.flatMap((r) => {
    const i = r.invitation;
    if (!i) return [];
    const link = `${origin}/install#${i.code}`;
    return [[r.customer, r.site, r.language, r.mail_to, i.code, i.expires_at, link].map((v) => csvField(v ?? ""))];
  });
  /* The byte order mark tells spreadsheets that it is UTF-8. */
  return "\ufeff" + [head, ...lines].map((l) => `${l.join(",")}\r\n`).join("");
}

/* The text of a file, or nothing if it is not UTF-8. */
export function utf8(data: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
