/* How the settings page is built: the customer's side of the same workshop, a bundle of its own.
 *
 * The connector embeds dist-settings/ and serves it on loopback under a policy that allows nothing
 * inline and nothing from elsewhere. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { coloursCss, notices, settingsWords, texts } from "../plugins.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), texts(settingsWords, []), coloursCss(), notices("settings")],
  build: {
    target: "es2022",
    outDir: "../dist-settings",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { fs: { allow: ["../.."] } },
});
