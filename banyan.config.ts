import { defineConfig } from "banyan/config"

/** Everything has a default; docs/config.md lists every field. `npx banyan config show --explain` says what is in force. */
export default defineConfig({
  name: "beigel",
  app: "./apps/beigel/app.ts",
})
