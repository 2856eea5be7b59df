// Builds the page into dist/, complete in itself: whatever it needs lies beside it.
import { defineConfig } from "vite";

export default defineConfig({
  root: "src/dashboard/page",
  // Relative, since the server puts everything below its token.
  base: "./",
  build: {
    outDir: "../../../dist/dashboard/page",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  logLevel: "warn",
});
