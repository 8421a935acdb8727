import { setTimeout as sleep } from "node:timers/promises"
import type { Fault } from "./fault.ts"
import { hasEnded } from "./process-tree.ts"

/** A killed process that is not gone by then waits for something no signal ends, or is frozen. */
const endTimeoutMs = 5000

/**
 * SIGKILL of one process. It has struck when the process is gone, not when the signal was sent: until then it may take
 * work and lose it. There is nothing to heal: who brings it back is what a drill looks at.
 */
export function killFault(subject: string, pid: number): Fault {
  return {
    name: "kill",
    subject,
    detail: `SIGKILL of ${pid}`,
    async strike() {
      process.kill(pid, "SIGKILL")
      const deadlineMs = performance.now() + endTimeoutMs
      while (!hasEnded(pid) && performance.now() < deadlineMs) await sleep(1)
    },
    async heal() {},
  }
}
