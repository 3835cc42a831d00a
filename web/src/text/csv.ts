/* Tables for spreadsheets (RFC 4180). */

/* What a spreadsheet would take for a formula stays a text with an apostrophe in front. */
export function csvField(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/* The byte order mark tells spreadsheets that it is UTF-8. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number) => (typeof value === "number" ? String(value) : csvField(value));
  return "\ufeff" + rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

export function saveCsv(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
