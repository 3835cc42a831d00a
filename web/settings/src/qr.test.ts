import decodeQR from "qr/decode.js";
import { expect, test } from "vitest";
import { drawn } from "./Qr.tsx";

/* As a camera sees it: dark squares of `dot` pixels on a light field. */
function photo({ size, path }: { size: number; path: string }, dot: number) {
  const side = size * dot;
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let dy = 0; dy < dot; dy++)
      for (let dx = 0; dx < dot; dx++) data.fill(0, 4 * ((Number(y) * dot + dy) * side + Number(x) * dot + dx), 4 * ((Number(y) * dot + dy) * side + Number(x) * dot + dx) + 3);
  return { width: side, height: side, data };
}

test("a reader takes from the picture what was put into it", () => {
  for (const text of [
    "otpauth://totp/Imprimatur%3Adesk?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Imprimatur",
    `otpauth://totp/${encodeURIComponent(`Imprimatur:${"Empfang Süd ".repeat(5)}`)}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Imprimatur`,
  ])
    expect(decodeQR(photo(drawn(text), 4))).toBe(text);
});
