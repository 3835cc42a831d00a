/* search.ts - looks for a text in octets, however it may lie there. */

/** A text as it could lie in a file or on the wire: as it is, in UTF-16, hexadecimal, percent-encoded, base64 at each of
 * the three places. */
export function forms(text: string): Buffer[] {
  const b = Buffer.from(text);
  const base64 = [0, 1, 2].map((pad) => {
    const s = Buffer.concat([Buffer.alloc(pad), b]).toString("base64");
    return Buffer.from(s.slice(pad === 0 ? 0 : 4, -4));
  });
  const hex = b.toString("hex");
  const percent = hex.replace(/../g, "%$&");
  return [b, Buffer.from(text, "utf16le"), ...[hex, hex.toUpperCase(), percent, percent.toUpperCase()].map((s) => Buffer.from(s)), ...base64]
    .filter((form) => form.length > 0);
}

export interface Place {
  name: string;
  octets: Buffer;
}

/** Those of the texts that lie there.  `common` begins all but a few of them: what lacks it is not searched for each. */
export function found(place: Place, texts: string[], common?: string): string[] {
  const any = common === undefined || forms(common).some((form) => place.octets.includes(form));
  return texts.filter((t) => (any || !t.startsWith(common!)) && forms(t).some((form) => place.octets.includes(form)));
}
