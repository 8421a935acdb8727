import { setTimeout as sleep } from "node:timers/promises"
import { randomInt, seededRandom } from "../../../kit/random.ts"
import type { Fault } from "../../faults/fault.ts"
import type { Strike } from "../../faults/fault-injector.ts"
import { freezeFault } from "../../faults/freeze.ts"
import { hangFault } from "../../faults/hang.ts"
import { killFault } from "../../faults/kill.ts"
import type { FailureSample } from "../../load/load.ts"
import { type Bill, costsOf, excuseOf, reachMs } from "../stage/fault-costs.ts"
import type { Stage } from "../stage/on-own-service.ts"
import type { StrikeKind } from "./web-strikes.ts"

/** What was done to whom. */
export type Struck = Strike & { readonly kind: StrikeKind; readonly id: string; readonly pid: number }

/** Longer than a health check waits for its answer. */
const frozenMs = 2200

const faultOf: Readonly<Record<StrikeKind, (pid: number) => Fault>> = {
  kill: pid => killFault("web", pid),
  freeze: pid => freezeFault({ subject: "web", pid, scope: "process" }),
  hang: pid => hangFault("web", pid),
}

/** Strikes one of them; a freeze is over when this resolves. */
export async function strikeWeb(
  kind: StrikeKind,
  well: readonly { readonly id: string; readonly pid: number }[],
  seed: number,
  { faults, context: { signal } }: Pick<Stage, "faults" | "context">,
): Promise<Struck> {
  const { id, pid } = well[randomInt(seededRandom(seed), well.length)]!
  const fault = faultOf[kind](pid)
  const strike = await faults.inject(fault)
  if (kind === "freeze") {
    await sleep(frozenMs, undefined, { signal })
    await faults.heal(fault)
  }
  return { ...strike, kind, id, pid }
}

const wordsOf: Readonly<Record<StrikeKind, string>> = {
  kill: "web instances killed",
  freeze: "frozen and thawed",
  hang: "frozen for good",
}

/** `web instances killed: 4`. */
export function countKinds(struck: readonly Struck[]): Readonly<Record<string, number>> {
  const byKind = Map.groupBy(struck, ({ kind }) => wordsOf[kind])
  return Object.fromEntries([...byKind].map(([words, { length }]) => [words, length]))
}

/** Why any of these may have cost this request. A freeze that was thawed costs nothing. */
export function excuseOfAny(
  struck: readonly Struck[],
): (sample: FailureSample, loadStartedAtMs: number) => string | undefined {
  return (sample, loadStartedAtMs) => {
    for (const strike of struck) {
      if (strike.kind === "freeze") continue
      const bill: Bill = { costs: costsOf.web, reachMs: reachMs(strike.kind, "web") }
      const why = excuseOf(sample, bill, strike, loadStartedAtMs)
      if (why !== undefined) return why
    }
    return undefined
  }
}
