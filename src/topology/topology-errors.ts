import { defineErrors } from "../kit/errors.ts"

export const topologyError = defineErrors({
  BN1001: {
    fault: "user",
    say: d => `${d.file}: not found in ${d.folder} nor in any folder above`,
    todo: 'Run the command in your project\'s folder, or create the file: export default defineConfig({ app: "./app.ts" })',
  },
  BN1002: {
    fault: "user",
    say: d => `${d.file}: cannot be read: ${d.reason}`,
    todo: "Mend the file; `node banyan.config.ts` shows the whole error. A running service goes on with what it has.",
  },
  BN1003: {
    fault: "user",
    say: d => String(d.problems),
    todo: "Correct the fields named above; docs/config.md lists every field with its range and default.",
  },
  BN1004: {
    fault: "user",
    say: d => `${d.source}: ${d.field}: should be ${d.expected}, got ${d.got}`,
    todo: "Give a value in that range, or leave it out to use what banyan.config.ts says.",
  },
})
