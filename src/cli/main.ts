/** Entry point of `banyan`: arguments in, words out. bin/banyan.mjs comes here through the boot script. */
import { allIsRead } from "./output.ts"
import { run } from "./program.ts"

// The wrapper that started us was killed: what runs goes on without us, and nobody waits for our exit code.
process.once("disconnect", () => process.exit(0))

const exitCode = await run(process.argv.slice(2))
await allIsRead()
process.exit(exitCode)
