import type { Fault } from "../../faults/fault.ts"
import { freezeFault } from "../../faults/freeze.ts"
import { killedAgainFault } from "../../faults/killed-again.ts"
import type { ScratchService } from "../../scratch-service.ts"
import { pidIn } from "../stage/databases.ts"

/** A frozen one holds its connections, and what was asked there: its readers have to notice by themselves. */
const ways = ["killed", "frozen"] as const
type Way = (typeof ways)[number]

/** An episode. */
export type Loss = { readonly name: string; readonly way: Way }

export function losses(whose: string, times: number, of: readonly Way[] = ways): readonly Loss[] {
  return Array.from({ length: times }, (_, index) =>
    of.map(way => ({ name: `${whose} is ${way} ${index + 1}/${times}`, way })),
  ).flat()
}

/** The replica is away until it is healed. */
export async function lossFault(way: Way, victim: string, { admin }: ScratchService): Promise<Fault> {
  const pidNow = async () => {
    const state = await admin.state().catch(() => undefined)
    return state === undefined ? 0 : pidIn(state, victim)
  }
  // In a control group that stands still nobody could be killed, as who hangs for too long is to be.
  if (way === "frozen")
    return freezeFault({ subject: "replica", pid: await pidNow(), scope: "tree", by: "signal" })
  return killedAgainFault("replica", async () => [await pidNow()].filter(pid => pid !== 0))
}
