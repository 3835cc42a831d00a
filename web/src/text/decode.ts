/* Files that people give us.  Pure. */

/* The text of a file, or nothing if it is not UTF-8. */
export function utf8(data: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}

/* A table as spreadsheets save it: in UTF-8, or, where Windows speaks a language of western Europe, in its own code page. */
export function tableText(data: ArrayBuffer): string {
  return utf8(data) ?? new TextDecoder("windows-1252").decode(data);
}
