import { existsSync, readFileSync, renameSync, rmSync } from "node:fs"
import { messageOf } from "../kit/errors.ts"
import { writeFileAtomic } from "../kit/node/atomic-file.ts"
import { type Overrides, overridesSchema, type TopologySource } from "./overrides.ts"

type Log = { warn(details: object, message: string): void }

/** Overrides in a file. One that cannot be read is kept aside as `<path>.corrupt`, and the configuration file rules. */
export function fileOverrides(path: string, log: Log): TopologySource["overrides"] {
  return {
    async read() {
      if (!existsSync(path)) return undefined
      try {
        return overridesSchema.parse(JSON.parse(readFileSync(path, "utf8")))
      } catch (error) {
        const aside = `${path}.corrupt`
        renameSync(path, aside)
        log.warn(
          { path, aside, reason: messageOf(error) },
          `${path} cannot be read: kept as ${aside}; the topology of banyan.config.ts is used`,
        )
        return undefined
      }
    },
    async write(overrides: Overrides | undefined) {
      if (overrides === undefined) rmSync(path, { force: true })
      else writeFileAtomic(path, `${JSON.stringify(overrides, undefined, 2)}\n`)
    },
  }
}
