import { readFileSync } from "node:fs"
import type { AgentState } from "../../drivers/local/agent/agent-state.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { paths } from "../project-paths.ts"

const file = `${paths.run}/agent-state.json`

/**
 * Makes the agent's memory say what it says when the dead's process ids were given to another program: the process
 * `pid` where instance `id` and the supervisor stood, with the births of those. Drills only; the agent must be dead, and
 * its folder be the working directory.
 */
export function plantStaleRecords(id: string, pid: number): void {
  const state = JSON.parse(readFileSync(file, "utf8")) as AgentState
  const processes = state.processes.map(record => {
    if (record.id !== id) return record
    // Nobody saw it die.
    const { exit: _, ...living } = record
    return { ...living, pid }
  })
  const supervisor = state.supervisor && { ...state.supervisor, pid }
  writeFileAtomic(file, JSON.stringify({ ...state, processes, supervisor }))
}
