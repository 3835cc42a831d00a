/* How the desk's page is built: for those who say yes or no from their own machine.  It shares parts with the settings
 * page and holds nothing of what that can do.
 *
 * The connector embeds dist-desk/ and serves it under a policy that allows nothing inline and nothing from elsewhere. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { coloursCss, deskWords, notices, texts } from "../plugins.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), texts(deskWords, []), coloursCss(), notices("desk")],
  build: {
    target: "es2022",
    outDir: "../dist-desk",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { fs: { allow: ["../.."] } },
});
