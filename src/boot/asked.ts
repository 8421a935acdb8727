import { readFileSync } from "node:fs"
import { writeFileAtomic } from "../kit/node/atomic-file.ts"
import { paths } from "./project-paths.ts"

/** What `up` was asked on its command line. Kept for the whole run, so that a restarted supervisor hears it too. */
export type Asked = {
  readonly host?: string
  readonly port?: number
  readonly adminPort?: number
  /** Crashes may be planted (drills only). */
  readonly faults?: boolean
  /** URLs of modules that every process of the service loads before its own code; only heeded with `faults`. */
  readonly preload?: readonly string[]
  /** Path of the load generator's program, which lies in a room above this one. Left out: there is none. */
  readonly loadProgram?: string
  /** Likewise of the command line, which runs drills. */
  readonly commandLine?: string
  readonly appOptions: Readonly<Record<string, string | number | boolean>>
}

export function writeAsked(asked: Asked): void {
  writeFileAtomic(paths.asked, JSON.stringify(asked))
}

/** Nothing was asked when the file is missing: a supervisor can start without `up`. */
export function readAsked(): Asked {
  try {
    return JSON.parse(readFileSync(paths.asked, "utf8")) as Asked
  } catch {
    return { appOptions: {} }
  }
}
