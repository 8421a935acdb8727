import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Drill } from "./drill.ts"
import { DoomedService } from "./restore/doomed-service.ts"
import { growToReplicated } from "./stage/databases.ts"
import { onCannedApp } from "./stage/on-canned-app.ts"

/** In each everything is lost twice: once the end of the archive is restored, once a moment. */
const rounds = { short: 1, full: 10 }

/** Everything a service has in its data folders is destroyed under users who write, and comes back from its archive. */
export const restore: Drill = {
  name: "restore",
  claim:
    "with every process killed and every data folder of three databases destroyed under users who write, the archive brings back all that was acknowledged and archived, at a chosen moment all that was acknowledged by then and nothing that was sent later; it serves again with replicas built anew, also when that was done before",
  async run(context) {
    const archive = mkdtempSync(join(tmpdir(), "banyan-archive-"))
    const data = { backup: { target: archive } }
    return onCannedApp("restore", { app: context.app, drainTimeoutMs: 2000, data }, context, async stage => {
      await growToReplicated(stage)
      const doomed = await DoomedService.signUp(stage)
      const of = rounds[context.short ? "short" : "full"]
      for (let nth = 1; nth <= of; nth++)
        for (const to of ["the end", "a moment"] as const)
          await doomed.loseAndRestore(`${to} ${nth}/${of}`, to)
    }).finally(() => rmSync(archive, { recursive: true, force: true }))
  },
}
