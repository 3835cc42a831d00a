/* Files that people give us.  Pure. */

/* The text of a file, or nothing if it is not UTF-8. */
export function utf8(data: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}

/* UTF-16 says so by its first two octets. */
function charsetOf(data: ArrayBuffer): string {
  const [first, second] = new Uint8Array(data.slice(0, 2));
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "windows-1252";
}

/* A table as spreadsheets save it: in UTF-8, as "Unicode text", or, where Windows speaks a language of western Europe, in its
 * own code page. */
export function tableText(data: ArrayBuffer): string {
  return utf8(data) ?? new TextDecoder(charsetOf(data)).decode(data);
}
