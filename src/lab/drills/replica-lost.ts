import { setTimeout as sleep } from "node:timers/promises"
import { seededRandom } from "../../kit/random.ts"
import { type Drill, type DrillContext, type DrillFindings, isWanted } from "./drill.ts"
import { shiftViolations, shiftWords } from "./replica-lost/read-shift.ts"
import { letThemCount, ratesOf } from "./replica-lost/server-rates.ts"
import { loseUnderOverload } from "./replica-lost/under-overload.ts"
import { type Loss, losses, lossFault } from "./replica-lost/ways.ts"
import { anyReplica, primaryHere, replicasOf } from "./stage/databases.ts"
import { inParts } from "./stage/in-parts.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"

/** How often in each way. A replica that is needed is killed alone in the short form: what a frozen one adds is seen without it. */
const formOf = {
  short: { bearable: losses("a replica", 1), unbearable: losses("a needed replica", 1, ["killed"]) },
  full: { bearable: losses("a replica", 10), unbearable: losses("a needed replica", 3) },
}
/** Work is counted for so long with the replica, and without it. */
const countMs = { short: 2000, full: 6000 }
/** What was under way at the replica when it was lost has gone elsewhere by then. */
const settleMs = 1000
const leadMs = 2000

/** A replica is lost and does not come back for a while: what it had to do goes to the others, and no more than that. */
export const replicaLost: Drill = {
  name: "replica-lost",
  claim:
    "a replica that is lost for seconds, dead or frozen, costs no request: its reads go over to the other replica, hardly any to the primary, nobody is asked more than before in all, and with it back everything is as it was. Under a load that the other one cannot take, 85 % of what it can is answered (70 % in the short form), the rest is told 503, hardly any read goes to the primary, and 5 s after the lost one is back nobody is turned away any more",
  async run(context) {
    const form = formOf[context.short ? "short" : "full"]
    const wanted = (all: readonly Loss[]) => all.filter(({ name }) => isWanted(name, context))
    const [bearable, unbearable] = [wanted(form.bearable), wanted(form.unbearable)]
    const underUsers = () => loseUnderUsers(bearable, context)
    const underOverload = () => loseUnderOverload(unbearable, context)
    if (unbearable.length === 0) return underUsers()
    return inParts(bearable.length === 0 ? [underOverload] : [underUsers, underOverload], context)
  },
}

function loseUnderUsers(bearable: readonly Loss[], context: DrillContext): Promise<DrillFindings> {
  return onOwnService("replica-lost", { drainTimeoutMs: 2000, stage: "replicated" }, context, async stage => {
    const random = seededRandom(context.seed)
    for (const loss of bearable)
      await lose(loss, anyReplica(await stage.service.settled(), primaryHere(), random), stage)
  })
}

function lose({ name, way }: Loss, victim: string, stage: Stage): Promise<void> {
  const { service, faults, context } = stage
  const lastsMs = countMs[context.short ? "short" : "full"]
  return underLoad(
    {
      name,
      loadMs: leadMs + 2 * lastsMs + 2 * settleMs,
      mayRestart: [victim],
      async act() {
        const primary = primaryHere()
        const others = replicasOf(await service.settled(), primary).filter(id => id !== victim)
        await letThemCount(primary, [victim, ...others], context.signal)
        await sleep(settleMs, undefined, { signal: context.signal })
        const before = await ratesOf([primary, victim, ...others], lastsMs, context.signal)
        const fault = await lossFault(way, victim, service)
        await faults.inject(fault)
        await sleep(settleMs, undefined, { signal: context.signal })
        const lost = await ratesOf([primary, ...others], lastsMs, context.signal)
        await faults.heal(fault)
        await service.settled()
        context.say(`statements a second: ${shiftWords(before, lost)}`)
        return [
          ...shiftViolations(before, lost, { victim, primary, others }),
          ...(primaryHere() === primary ? [] : [`${primary} is the primary no more`]),
        ]
      },
    },
    stage,
  )
}
