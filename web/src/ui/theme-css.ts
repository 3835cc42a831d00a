/* Writes theme.ts as a style sheet, at build time (see plugins.ts). */
import { defaultCssVariablesResolver, DEFAULT_THEME, mergeMantineTheme } from "@mantine/core";
import { colours, theme } from "./theme.ts";

/* Mantine has 14 palettes; ours are those, the rest would be dead weight in every download. */
const palettes = ["ink", "gray", "dark", "red"];

/* Mantine's roles, said in our colours. */
const roles: Record<string, string> = {
  "--mantine-color-body": "var(--page)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-bright": "var(--text)",
  "--mantine-color-dimmed": "var(--dim)",
  "--mantine-color-placeholder": "var(--dim)",
  "--mantine-color-anchor": "var(--accent)",
  "--mantine-color-error": "var(--error-text)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--raised)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--line-strong)",
};

function wanted(name: string): boolean {
  const palette = /^--mantine-color-([a-z]+)-/.exec(name)?.[1];
  return !palette || !(palette in DEFAULT_THEME.colors) || palettes.includes(palette);
}

function block(selector: string, rows: Record<string, string>): string {
  const body = Object.entries(rows)
    .filter(([name]) => wanted(name))
    .map(([name, value]) => `  ${name}: ${value};\n`);
  return `${selector} {\n${body.join("")}}\n`;
}

function own(side: 0 | 1): Record<string, string> {
  const rows = Object.entries(colours).map(([name, pair]) => [`--${name}`, pair[side]]);
  return Object.fromEntries(rows) as Record<string, string>;
}

/* Our own colours by the browser's scheme. */
export function colourVariables(): string {
  return block(":root", own(0)) + `@media (prefers-color-scheme: dark) {\n${block(":root", own(1))}}\n`;
}

export function cssVariables(): string {
  const all = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));

  return (
    block(":root", all.variables) +
    block(":root, :root[data-mantine-color-scheme='light']", {
      ...all.light,
      ...roles,
      ...own(0),
    }) +
    block(":root[data-mantine-color-scheme='dark']", { ...all.dark, ...roles, ...own(1) })
  );
}
