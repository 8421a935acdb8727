import { setTimeout as sleep } from "node:timers/promises"
import type { Fault } from "./fault.ts"
import { killFault } from "./kill.ts"

const lookEveryMs = 20

/**
 * SIGKILL of several processes at the same moment, and of whoever takes their places, until it is healed: who starts them
 * again and again may do so, and never has anything of it. `pidsNow`: who they are, asked again and again; empty when
 * nobody can tell.
 */
export function killedAgainFault(subject: string, pidsNow: () => Promise<readonly number[]>): Fault {
  const over = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  const killAll = async () => {
    const pids = await pidsNow()
    await Promise.all(pids.map(pid => killFault(subject, pid).strike().catch(ignoreGone)))
  }
  return {
    name: "killed-again",
    subject,
    detail: "SIGKILL, and again whenever one is started",
    async strike() {
      await killAll()
      const watch = async () => {
        while (!over.signal.aborted) {
          await sleep(lookEveryMs)
          await killAll()
        }
      }
      watching = watch()
    },
    async heal() {
      over.abort()
      await watching
    },
  }
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ESRCH") throw error
}
