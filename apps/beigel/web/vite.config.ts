import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { offlineWorkerPlugin, outlinesPlugin } from "./build/page-plugins.ts"

/** The service that `npm run dev` asks for everything but the page itself: the one `npm start` runs. */
const service = process.env["BEIGEL_URL"] ?? "http://127.0.0.1:8080"

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), outlinesPlugin(), offlineWorkerPlugin()],
  // The Host stays the page's own: the API takes changes from its own pages only.
  server: { proxy: { "/api": { target: service, changeOrigin: false } } },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "safari17.5", "firefox120"],
    // Nothing inlined: the page's rules allow files of this host only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
  logLevel: "warn",
})
