import { setTimeout as sleep } from "node:timers/promises"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../kit/node/process-identity.ts"
import type { Freezer } from "./freezer.ts"
import { guarded } from "./guard.ts"
import { isStopped } from "./process-tree.ts"

const timeoutMs = 5000
const lookEveryMs = 2

/** SIGSTOP, parents first, until a look at who is there finds nobody new; SIGCONT in the reverse order. For any user. */
export class SignalFreezer implements Freezer {
  readonly how = "SIGSTOP"
  readonly #stopped: (ProcessIdentity & { readonly release: () => void })[] = []

  async freeze(members: () => readonly number[]): Promise<void> {
    for (;;) {
      const known = new Set(this.#stopped.map(({ pid }) => pid))
      const fresh = members().filter(pid => !known.has(pid))
      if (fresh.length === 0) return
      for (const pid of fresh) this.#stop(pid)
      // A signal takes a moment to arrive, and its target may give birth in it: look again when all stand.
      await this.#allStand()
    }
  }

  async thaw(): Promise<void> {
    for (const stopped of this.#stopped.splice(0).reverse()) {
      if (isAlive(stopped)) signal(stopped.pid, "SIGCONT")
      stopped.release()
    }
  }

  #stop(pid: number): void {
    const identity = identifyProcess(pid)
    if (identity === undefined) return
    this.#stopped.push({ ...identity, release: guarded({ kind: "stopped", identity }) })
    signal(pid, "SIGSTOP")
  }

  async #allStand(): Promise<void> {
    const untilMs = performance.now() + timeoutMs
    for (;;) {
      const moving = this.#stopped.filter(({ pid }) => !isStopped(pid))
      if (moving.length === 0) return
      if (performance.now() > untilMs)
        throw new Error(
          `${moving.map(({ pid }) => pid).join(", ")} went on for ${timeoutMs} ms after SIGSTOP`,
        )
      await sleep(lookEveryMs)
    }
  }
}

/** It may go between the look and the signal. */
function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}
