import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

/** `npm run dev -w console` serves it with hot reload beside a running service, whose admin API it asks. */
const service = process.env["BANYAN_ADMIN"] ?? "http://localhost:7070"

export default defineConfig({
  plugins: [react()],
  // Everything is a file of its own: the page's policy allows nothing inline.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022" },
  server: {
    proxy: { "/api": { target: service, headers: { host: new URL(service).host, origin: service } } },
  },
})
