import { expect, test } from "vitest";
import { cssVariables } from "./theme-css.ts";
import { colours, textOn } from "./theme.ts";

function luminance(hex: string): number {
  const part = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

test.each(textOn)("%s on %s has a contrast of 7 in light and dark", (text, ground) => {
  for (const side of [0, 1] as const)
    expect(contrast(colours[text][side], colours[ground][side])).toBeGreaterThanOrEqual(7);
});

test.each(Object.keys(colours).filter((name) => name.endsWith("-icon")))(
  "%s is told from the surface in light and dark",
  (icon) => {
    for (const side of [0, 1] as const) {
      const ground = colours.surface[side];
      const ratio = contrast(colours[icon as keyof typeof colours][side], ground);
      expect(ratio).toBeGreaterThanOrEqual(3);
    }
  },
);

test("the style sheet has both schemes and none of the palettes that nothing uses", () => {
  const css = cssVariables();
  expect(css).toContain("--mantine-color-ink-7");
  expect(css).toContain("data-mantine-color-scheme='dark'");
  expect(css).not.toContain("--mantine-color-grape-");
});
