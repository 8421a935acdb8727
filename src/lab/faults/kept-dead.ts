import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { birthsFile } from "./crash-at-birth.ts"
import type { Fault } from "./fault.ts"

/** What every process of the service must load (`preload`), so that its supervisor can be kept dead. */
export const crashAtBirthUrl = new URL("./crash-at-birth.ts", import.meta.url).href

/** A supervisor that died at its birth; milliseconds since the epoch. */
export type Birth = { readonly pid: number; readonly atMs: number }

export type KeptDead = Fault & {
  /** Those that were born and died since the strike, in order; kept after healing. */
  births(): readonly Birth[]
}

/**
 * SIGKILL of the supervisor of this folder (the working directory), and of every one that follows it until it is
 * healed: each is really started by the agent, and kills itself first thing.
 */
export function keptDead(supervisorPid: number): KeptDead {
  let ended: readonly Birth[] | undefined
  return {
    name: "kept-dead",
    subject: "supervisor",
    detail: `SIGKILL of ${supervisorPid}, and of each that follows at its birth`,
    births: () => ended ?? readBirths(),
    async strike() {
      writeFileSync(birthsFile, "", { mode: 0o600 })
      process.kill(supervisorPid, "SIGKILL")
    },
    async heal() {
      ended ??= readBirths()
      rmSync(birthsFile, { force: true })
    },
  }
}

function readBirths(): Birth[] {
  try {
    const lines = readFileSync(birthsFile, "utf8").split("\n").slice(0, -1)
    return lines.map(line => JSON.parse(line) as Birth)
  } catch {
    return []
  }
}
