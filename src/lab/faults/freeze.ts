import { messageOf } from "../../kit/errors.ts"
import { CgroupFreezer, cgroupFreezer } from "./cgroup-freezer.ts"
import type { Fault } from "./fault.ts"
import { faultError } from "./fault-errors.ts"
import type { Freezer } from "./freezer.ts"
import { processTree } from "./process-tree.ts"
import { SignalFreezer } from "./signal-freezer.ts"

export type FreezeOptions = {
  readonly subject: string
  readonly pid: number
  /**
   * A `tree` where the children are parts of the victim (a database server); the `process` alone where they have a life
   * of their own (an agent is the parent of everybody).
   */
  readonly scope: "tree" | "process"
  /**
   * Left out: the cgroup freezer where this user may use it, which stops all at the same moment and tells nobody, else
   * SIGSTOP. A process in a version 1 cgroup cannot even be killed: who wants to see that takes `signal`.
   */
  readonly by?: "signal"
}

/** Stands still, with its sockets open and its locks held, as a machine that swaps, or a debugger, would let it. */
export function freezeFault({ subject, pid, scope, by }: FreezeOptions): Fault {
  const possible = by === "signal" ? undefined : cgroupFreezer()
  const freezer: Freezer = possible?.possible ? new CgroupFreezer(possible.version) : new SignalFreezer()
  const members = scope === "tree" ? () => processTree(pid) : () => processTree(pid).slice(0, 1)
  return {
    name: "freeze",
    subject,
    detail: `${scope} ${pid}, by ${freezer.how}`,
    async strike() {
      try {
        await freezer.freeze(members)
      } catch (error) {
        throw faultError("BN3020", { name: "freeze", subject, reason: messageOf(error) }, error)
      }
    },
    heal: () => freezer.thaw(),
  }
}
