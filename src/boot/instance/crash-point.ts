import { readFileSync, rmSync } from "node:fs"
import { CrashPointJournal } from "../../control/journal/crash-point-journal.ts"
import type { Journal } from "../../control/journal/journal.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { paths } from "../project-paths.ts"

/** A planted crash of a drill: who dies at which record of the journal. */
export type PlantedCrash = {
  readonly victim: "supervisor" | "agent"
  readonly when: "before" | "after"
  readonly nth: number
}

const file = `${paths.run}/crash-point.json`

/** Arms a crash for the supervisor of this folder (the working directory), which must have been asked for `faults`. */
export function plantCrash(crash: PlantedCrash): void {
  writeFileAtomic(file, JSON.stringify(crash))
}

/** Whether the planted crash has not happened yet. */
export function crashIsPlanted(): boolean {
  return readPlanted() !== undefined
}

export function clearPlantedCrash(): void {
  rmSync(file, { force: true })
}

/** The supervisor's journal in a drill. The point is removed before the kill: it happens once. */
export function journalWithCrashPoints(journal: Journal, agentPid: () => Promise<number>): Journal {
  return new CrashPointJournal(journal, readPlanted, async () => {
    const victim = readPlanted()?.victim
    clearPlantedCrash()
    process.kill(victim === "agent" ? await agentPid() : process.pid, "SIGKILL")
  })
}

function readPlanted(): PlantedCrash | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PlantedCrash
  } catch {
    return undefined
  }
}
