/* search.ts - looks for a text in octets, however it may lie there. */

/** A text as it could lie in a file or on the wire: as it is, in capitals, in UTF-16 of both orders, hexadecimal,
 * percent-encoded, escaped as JSON and HTML may, base64 of both alphabets at each of the three places. */
export function forms(text: string): Buffer[] {
  const b = Buffer.from(text);
  const base64 = [0, 1, 2].map((pad) => {
    const s = Buffer.concat([Buffer.alloc(pad), b]).toString("base64");
    return Buffer.from(s.slice(pad === 0 ? 0 : 4, -4));
  });
  const hex = b.toString("hex");
  const percent = hex.replace(/../g, "%$&");
  const wide = Buffer.from(text, "utf16le");
  const other = Buffer.from(wide).swap16();
  const each = (write: (code: number) => string) => [...text].map((c) => write(c.codePointAt(0)!)).join("");
  const escaped = [
    each((code) => `\\u${code.toString(16).padStart(4, "0")}`),
    each((code) => `&#${code};`),
    each((code) => `&#x${code.toString(16)};`),
    ...base64.map((s) => s.toString().replaceAll("+", "-").replaceAll("/", "_")),
  ];
  const texts = [text.toUpperCase(), text.toLowerCase(), hex, hex.toUpperCase(), percent, percent.toUpperCase(), ...escaped];
  const all = [b, wide, other, ...texts.map((s) => Buffer.from(s)), ...base64].filter((form) => form.length > 0);
  return all.filter((form, i) => all.findIndex((f) => f.equals(form)) === i);
}

export interface Place {
  name: string;
  octets: Buffer;
}

/** Longest form of a text that begins with the common word. */
const FORM_MAX = 400;

/** The parts of the octets that begin with a form of the common word. */
function parts(octets: Buffer, common: string): Buffer {
  const found: Buffer[] = [];
  for (const form of forms(common))
    for (let at = octets.indexOf(form); at >= 0; at = octets.indexOf(form, at + form.length)) found.push(octets.subarray(at, at + FORM_MAX));
  return Buffer.concat(found);
}

/** Those of the texts that lie there.  `common` begins all but a few of them: those are looked for only where it is. */
export function found(place: Place, texts: string[], common?: string): string[] {
  const near = common === undefined ? place.octets : parts(place.octets, common);
  const within = (t: string) => (common !== undefined && t.startsWith(common) ? near : place.octets);
  return texts.filter((t) => within(t).length > 0 && forms(t).some((form) => within(t).includes(form)));
}
