/* Small build steps, each here so that something exists in one place only:
 *
 *   texts    ../texts/<language>.json holds the words of all programs; the page gets its own
 *            prefixes, with English where a translation is missing
 *   themeCss virtual:theme.css is written from src/ui/theme.ts; Mantine would write the same
 *            variables into a <style> at run time, which our policy forbids
 *   coloursCss  virtual:colours.css is the colours alone, for the settings page, which has no Mantine
 *   notices  /licences.txt names every package that is in the bundle, with its licence's text;
 *            dist-licences/<name>.json lists them for tools/sbom
 *   chunks   node_modules/.cache/chunks.json tells dev/size.mjs what the first screen loads */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";
import { colourVariables, cssVariables } from "./src/ui/theme-css.ts";

const here = import.meta.dirname;
/* Which keys a page shows. */
const dashboardWords = ["ui.", "error.", "reason.", "component.", "state.", "status."];
export const settingsWords = ["set.", "report.", "error.", "ui.age.", "ui.span.", "ui.language", "ui.loading", "session.why.", "session.group.", "target."];
export const deskWords = ["desk.", "set.visits.", "set.no_answer", "set.error.network", "set.title.waiting", "error.", "ui.age.", "ui.span.", "ui.language", "ui.error."];

function read(language: string): Record<string, string> {
  return JSON.parse(readFileSync(resolve(here, "../texts", `${language}.json`), "utf8"));
}

/* Those of pages that are loaded when they are opened, texts/<language>.json?more: not in the first
 * download, whatever prefix above they have, too. */
const laterWords = [
  ...["add.", "archive.", "csv.", "import.", "customer.", "export.", "error.archived", "error.edited"],
  ...["error.mail_off", "error.not_archived", "error.no_session", "error.session", "error.target_"],
  ...["error.connector_", "error.tunnel_", "feature."],
  ...["session.", "target.", "filter.", "invite.", "invited.", "install.", "licence.", "note.", "rename.", "right.", "rule.", "set.region.", "site.", "support.", "users."],
  ...["ui.advice.", "ui.chart.", "ui.connector.", "ui.consent.", "ui.health.", "ui.invitation."],
  ...["ui.licence.", "ui.period.", "ui.series.", "ui.server.", "ui.tab.", "ui.why."],
];

/* What is said where not even the words came, texts/<language>.json?lost: in the first download, in each language. */
const lostWords = ["ui.lost.", "ui.action.reload"];

/* Without `later` a page has all its words at once. */
export function texts(ours = dashboardWords, later = laterWords): Plugin {
  const file = /[\\/]texts[\\/](en|fr|de)\.json(?:\?(more|lost))?$/;

  return {
    name: "imprimatur-texts",
    enforce: "pre",
    transform(code, id) {
      const found = file.exec(id);
      if (!found) return null;
      const own = JSON.parse(code) as Record<string, string>;
      const all = { ...read("en"), ...own };
      const has = (prefixes: string[], key: string) => prefixes.some((p) => key.startsWith(p));
      const those: Record<string, string[]> = { more: later, lost: lostWords };
      const wanted = (key: string) => (found[2] ? has(those[found[2]]!, key) : has(ours, key) && !has(later, key));
      const mine = Object.entries(all).filter(([key]) => wanted(key));
      const words = JSON.stringify(Object.fromEntries(mine));
      /* With a query it is no JSON file to the bundler any more. */
      return found[2]
        ? { code: `export default ${words};`, map: null, moduleType: "js" }
        : { code: words, map: null };
    },
  };
}

export function themeCss(): Plugin {
  const name = "virtual:theme.css";

  return {
    name: "imprimatur-theme",
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) => (id === `\0${name}` ? cssVariables() : null),
  };
}

export function coloursCss(): Plugin {
  const name = "virtual:colours.css";

  return {
    name: "imprimatur-colours",
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) => (id === `\0${name}` ? colourVariables() : null),
  };
}

interface Part {
  name: string;
  version: string;
  licence: string;
  text: string;
}

/* "/x/node_modules/@a/b/dist/c.js" -> "/x/node_modules/@a/b"; what the bundler made itself has none. */
function packageDir(module: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module.replace(/^\0/, ""))?.[0];
}

function partOf(dir: string): Part {
  const { name, version, license } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as Record<string, string>;
  const file = readdirSync(dir).find((f) => /^licen[cs]e/i.test(f));
  if (!name || !version || !license) throw new Error(`${dir}: no name, version or licence`);
  return { name, version, licence: license, text: file ? readFileSync(join(dir, file), "utf8").trim() : "" };
}

function notice({ name, version, licence, text }: Part): string {
  return `${name} ${version} (${licence})\n\n${text || "The package has no text of its licence."}\n`;
}

export function notices(name: string): Plugin {
  return {
    name: "imprimatur-notices",
    apply: "build",
    generateBundle(_options, bundle) {
      const dirs = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? part.moduleIds.map(packageDir) : []));
      const parts = [...new Set(dirs)].flatMap((dir) => (dir ? [partOf(dir)] : []));
      parts.sort((a, b) => (a.name < b.name ? -1 : 1));
      const head = "What others wrote and is part of these pages.\n";
      this.emitFile({ type: "asset", fileName: "licences.txt", source: [head, ...parts.map(notice)].join(`\n${"-".repeat(70)}\n`) });
      const lists = resolve(here, "dist-licences");
      mkdirSync(lists, { recursive: true });
      const list = parts.map(({ name, version, licence }) => ({ name, version, licence }));
      writeFileSync(resolve(lists, `${name}.json`), JSON.stringify(list, null, 2) + "\n");
    },
  };
}

interface Chunk {
  file: string;
  entry: boolean;
  source: string | null;
  imports: string[];
  dynamic: string[];
  css: string[];
}

export function chunks(): Plugin {
  return {
    name: "imprimatur-chunks",
    apply: "build",
    writeBundle(_options, bundle) {
      const rows: Chunk[] = [];
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk") continue;
        rows.push({
          file: part.fileName,
          entry: part.isEntry,
          source: part.facadeModuleId?.replace(resolve(here, "..") + "/", "") ?? null,
          imports: part.imports,
          dynamic: part.dynamicImports,
          css: [...(part.viteMetadata?.importedCss ?? [])],
        });
      }
      const cache = resolve(here, "node_modules/.cache");
      mkdirSync(cache, { recursive: true });
      writeFileSync(resolve(cache, "chunks.json"), JSON.stringify(rows, null, 2) + "\n");
    },
  };
}
