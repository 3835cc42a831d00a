/* How the dashboard is built: one document, hashed assets, nothing inline, nothing from elsewhere.
 *
 * The hub embeds all of dist/ and serves it under a content security policy without
 * 'unsafe-inline'; so styles are made here, at build time, and never by the running page. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { chunks, notices, texts, themeCss } from "./plugins.ts";

export default defineConfig({
  plugins: [react(), texts(), themeCss(), notices("dashboard"), chunks()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8400" } },
    fs: { allow: [".."] },
  },
  test: { include: ["src/**/*.test.ts", "settings/**/*.test.ts"], environment: "node" },
});
