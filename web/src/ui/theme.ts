/* The look, in one place: neutral greys, one accent (ink blue), radius 6, 14 px, dense.
 *
 * `colours` are our own names for what Mantine has no word for; theme-css.ts writes both into one
 * style sheet.  theme.test.ts holds every text colour to its contrast. */
import type { MantineThemeOverride } from "@mantine/core";

export const theme: MantineThemeOverride = {
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  cursorType: "pointer",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  respectReducedMotion: true,
  colors: {
    ink: [
      "#eef2fb",
      "#dce4f6",
      "#b9c8ec",
      "#94abe2",
      "#748fd8",
      "#5c7acf",
      "#4767c2",
      "#3556b0",
      "#2b4894",
      "#213872",
    ],
    dark: [
      "#e6e8eb",
      "#b9c0c9",
      "#a9b0b9",
      "#868e98",
      "#3d444d",
      "#30363e",
      "#1f2329",
      "#181b20",
      "#121418",
      "#0b0d10",
    ],
  },
};

/* [on light, on dark]; names become --name. */
export const colours = {
  page: ["#f5f6f8", "#121418"],
  surface: ["#ffffff", "#181b20"],
  raised: ["#f0f2f5", "#1f2329"],
  line: ["#dde1e6", "#2b3038"],
  "line-strong": ["#8a939e", "#68717c"],
  hatch: ["#ccd2d9", "#434b56"],
  text: ["#15181c", "#e6e8eb"],
  dim: ["#474e57", "#aeb5be"],
  accent: ["#3556b0", "#a5b9ec"],
  "accent-soft": ["#e9eefa", "#222b40"],

  "ok-text": ["#0c5429", "#8fdcaa"],
  "ok-icon": ["#1f8a46", "#4cc274"],
  "warning-text": ["#6b3d00", "#f6cd7d"],
  "warning-icon": ["#c26f00", "#f0a92e"],
  "warning-soft": ["#fff4de", "#33280f"],
  "error-text": ["#8f1618", "#ffaaa5"],
  "error-icon": ["#d12f2f", "#f4675f"],
  "error-soft": ["#fdecec", "#391a1b"],
  "offline-text": ["#4a3f6b", "#c6bbe6"],
  "offline-icon": ["#6f5fa3", "#9d8dd0"],
  "offline-soft": ["#f1eef8", "#242032"],
  "hand-text": ["#2b4a66", "#accbe6"],
  "hand-icon": ["#4a769c", "#7eaad0"],
  "hand-soft": ["#e8f0f7", "#1a2733"],
  "quiet-text": ["#474e57", "#b3bac3"],
  "quiet-icon": ["#707983", "#8d96a0"],
} as const satisfies Record<string, readonly [string, string]>;

/* Text colours and what they stand on, for the contrast test. */
export const textOn: [keyof typeof colours, keyof typeof colours][] = [
  ["text", "page"],
  ["text", "surface"],
  ["text", "raised"],
  ["dim", "page"],
  ["dim", "surface"],
  ["ok-text", "surface"],
  ["warning-text", "surface"],
  ["warning-text", "warning-soft"],
  ["error-text", "surface"],
  ["error-text", "error-soft"],
  ["offline-text", "surface"],
  ["text", "offline-soft"],
  ["hand-text", "surface"],
  ["hand-text", "hand-soft"],
  ["quiet-text", "surface"],
];
