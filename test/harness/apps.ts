/* apps.ts - other people's web applications as a site's devices: each on an island, at an address that is not this machine's,
 * with nothing set up for being visited. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Island } from "./island.ts";
import { root, tempDir } from "./place.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

const modules = join(root, "test/node_modules");

/** The same on each island: they are networks of their own. */
const PORT = 8080;

export class App {
  private constructor(
    readonly dir: string,
    readonly url: string,
  ) {}

  /** `path`: what it answers as soon as it is up. */
  private static async start(island: Island, dir: string, command: string[], path = "/"): Promise<App> {
    const app = new App(dir, `http://${island.theirs}:${PORT}`);
    const program = Program.start("sh", ["-c", 'cd "$0" && exec "$@"', dir, ...command], {
      inside: island.inside,
      foreign: true,
    });
    await until(`${command[0]} is up`, async () => {
      if (!program.running) throw new Error(program.stderr + program.stdout);
      return (await fetch(app.url + path)).ok;
    }, 60_000);
    return app;
  }

  /** A development server: modules one by one, pages that change by a WebSocket, files by ranges. */
  static async vite(this: void, island: Island): Promise<App> {
    const dir = tempDir();
    mkdirSync(join(dir, "public"));
    symlinkSync(join(modules, "typescript/lib/typescript.js"), join(dir, "public/large.js")); // 9 MB
    writeFileSync(join(dir, "index.html"), VITE_PAGE);
    writeFileSync(join(dir, "style.css"), "body { font: 20px sans-serif; background: #eef } h1 { color: #036 }\n");
    writeFileSync(join(dir, "main.js"), VITE_MAIN);
    writeFileSync(join(dir, "word.js"), viteWord("first"));
    return App.start(island, dir, [process.execPath, join(modules, "vite/bin/vite.js"), "--host", "0.0.0.0", "--port", String(PORT), "--strictPort", "--clearScreen", "false"]);
  }

  /** A wiki in one page of some MB; what is written there is sent to its server, files with it. */
  static async wiki(this: void, island: Island): Promise<App> {
    const dir = tempDir();
    const script = join(modules, "tiddlywiki/tiddlywiki.js");
    execFileSync(process.execPath, [script, dir, "--init", "server"], { stdio: "ignore" });
    mkdirSync(join(dir, "files"));
    writeFileSync(join(dir, "files/numbers.txt"), Array.from({ length: 100_000 }, (_, i) => String(i).padStart(9, "0")).join("\n"));
    return App.start(island, dir, [process.execPath, script, dir, "--listen", `port=${PORT}`, "host=0.0.0.0"], "/status");
  }

  /** A bundler that serves what it built, and says when that is new by an EventSource. */
  static async bundler(this: void, island: Island): Promise<App> {
    const dir = tempDir();
    mkdirSync(join(dir, "www"));
    writeFileSync(join(dir, "www/index.html"), BUNDLER_PAGE);
    writeFileSync(join(dir, "www/numbers.txt"), "0123456789".repeat(100_000));
    writeFileSync(join(dir, "app.js"), bundlerApp("first"));
    return App.start(island, dir, [
      ...[join(modules, ".bin/esbuild"), "app.js", "--bundle", "--outdir=www", "--servedir=www", `--serve=0.0.0.0:${PORT}`, "--watch=forever"],
    ]);
  }
}

const VITE_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"><h1 id="word"></h1><p id="large"></p>
<script src="/large.js"></script><script type="module" src="/main.js"></script></html>`;

const VITE_MAIN = `import { word } from "./word.js";
const show = (w) => (document.getElementById("word").textContent = w);
show(word);
document.getElementById("large").textContent = ts.version;
import.meta.hot.accept("./word.js", (m) => show(m.word));
`;

/** A module of the development server's page. */
export function viteWord(word: string): string {
  return `export const word = ${JSON.stringify(word)};\n`;
}

const BUNDLER_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Built</title><link rel="icon" href="data:,">
<h1 id="word"></h1><script src="/app.js"></script></html>`;

/** As the bundler's own manual has it, for what changes without being loaded again. */
export function bundlerApp(word: string): string {
  return `document.getElementById("word").textContent = ${JSON.stringify(word)};
if (!window.source) {
  window.source = new EventSource("/esbuild");
  window.source.addEventListener("change", () => {
    const s = document.createElement("script");
    s.src = "/app.js";
    document.body.append(s);
  });
}
`;
}
