/* A text as a QR code: dark on light in any scheme, with the quiet zone that readers need. */
import { correction, generate } from "lean-qr/nano";

const quiet = 4; /* modules: ISO/IEC 18004 section 6.3.8 */

export interface Drawn {
  size: number;
  path: string;
}

/* One square a dark module; all of them in one path. */
export function drawn(text: string): Drawn {
  const code = generate(text, { minCorrectionLevel: correction.M });
  let path = "";
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
  return { size: code.size + 2 * quiet, path };
}

export function Qr({ text, label }: { text: string; label: string }) {
  const { size, path } = drawn(text);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
