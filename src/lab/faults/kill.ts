import { setTimeout as sleep } from "node:timers/promises"
import type { Fault } from "./fault.ts"
import { hasEnded, processTree } from "./process-tree.ts"

/** A killed process that is not gone by then waits for something no signal ends, or is frozen. */
const endTimeoutMs = 5000

/**
 * SIGKILL of one process, or of a `tree`: everything below it as well, which would else finish what it is at before it
 * notices. It has struck when they are gone, not when the signal was sent: until then they may take work and lose it.
 * There is nothing to heal: who brings it back is what a drill looks at.
 */
export function killFault(subject: string, pid: number, scope: "process" | "tree" = "process"): Fault {
  return {
    name: "kill",
    subject,
    detail: scope === "tree" ? `SIGKILL of ${pid} and all below it` : `SIGKILL of ${pid}`,
    async strike() {
      const pids = scope === "tree" ? processTree(pid) : [pid]
      for (const each of pids) kill(each, each === pid)
      const deadlineMs = performance.now() + endTimeoutMs
      while (!pids.every(hasEnded) && performance.now() < deadlineMs) await sleep(1)
    },
    async heal() {},
  }
}

/** A child may have ended since the tree was read. */
function kill(pid: number, mustBe: boolean): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch (error) {
    if (mustBe || (error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}
