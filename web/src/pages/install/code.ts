/* The enrolment code as src/wire/code.c reads it: region, 16 Crockford characters, 2 check
 * characters over GF(32), so that a typing error is told before the hub is asked. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";
const tail = 18;
const most = 26;

/* Product in GF(32) with x^5 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 4; bit >= 0; bit--) {
    product <<= 1;
    if (product & 32) product ^= 37;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/* Region and value, then the check: zero for a code word. */
function remainder(symbols: readonly number[]): [number, number] {
  let high = 0;
  let low = 0;
  for (const symbol of symbols) {
    const lead = high ^ symbol;
    high = low ^ times(lead, 6);
    low = times(lead, 8);
  }
  return [high, low];
}

/* The one spelling, DE-XXXX-XXXX-XXXX-XXXX-YY, or null if it was mistyped. */
export function readCode(typed: string): string | null {
  const all = typed.replace(/[\s-]/g, "").toLowerCase();
  const region = all.slice(0, -tail);
  const rest = all.slice(-tail).replaceAll("o", "0").replace(/[il]/g, "1");
  if (all.length > most || !/^[a-z]{2,8}$/.test(region)) return null;
  const symbols = [...rest].map((c) => digits.indexOf(c));
  if (symbols.includes(-1)) return null;
  const letters = [...region].map((c) => c.charCodeAt(0) - 96);
  const [high, low] = remainder([...letters, ...symbols.slice(0, 16)]);
  if (high !== symbols[16] || low !== symbols[17]) return null;
  return [region, ...rest.match(/.{1,4}/g)!].join("-").toUpperCase();
}
