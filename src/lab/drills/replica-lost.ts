import { setTimeout as sleep } from "node:timers/promises"
import { askDirectly } from "../../boot/keeper/direct-session.ts"
import { seededRandom } from "../../kit/random.ts"
import { killedAgainFault } from "../faults/killed-again.ts"
import { type Drill, isWanted } from "./drill.ts"
import { type Rates, shiftViolations, shiftWords } from "./replica-lost/read-shift.ts"
import { anyReplica, growToReplicated, pidIn, primaryHere, replicasOf } from "./stage/databases.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { underLoad } from "./stage/under-load.ts"

const times = { short: 1, full: 20 }
/** Work is counted for so long with the replica, and without it; servers write their counts down once a second. */
const countMs = { short: 3000, full: 6000 }
/** What was under way at the replica when it was lost has gone elsewhere by then. */
const settleMs = 1000
const leadMs = 2000

/** A replica is lost and does not come back for a while: what it had to do goes to the others, and no more than that. */
export const replicaLost: Drill = {
  name: "replica-lost",
  claim:
    "a replica that is lost for seconds costs no request: its reads go over to the other replica, hardly any to the primary, nobody is asked more than before in all, and with it back everything is as it was",
  async run(context) {
    return onOwnService("replica-lost", { drainTimeoutMs: 2000 }, context, async stage => {
      await growToReplicated(stage)
      const random = seededRandom(context.seed)
      const of = times[context.short ? "short" : "full"]
      for (let nth = 1; nth <= of; nth++) {
        const victim = anyReplica(await stage.service.settled(), primaryHere(), random)
        const name = `a replica is lost ${nth}/${of}`
        if (isWanted(name, context)) await lose(name, victim, stage)
      }
    })
  },
}

function lose(name: string, victim: string, stage: Stage): Promise<void> {
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
        await sleep(settleMs, undefined, { signal: context.signal })
        const before = await ratesOf([primary, victim, ...others], lastsMs, context.signal)
        const fault = killedAgainFault("replica", async () => {
          const state = await service.admin.state().catch(() => undefined)
          const pid = state === undefined ? 0 : pidIn(state, victim)
          return pid === 0 ? [] : [pid]
        })
        await faults.inject(fault)
        await sleep(settleMs, undefined, { signal: context.signal })
        const lost = await ratesOf([primary, ...others], lastsMs, context.signal)
        await faults.heal(fault)
        await service.settled()
        context.say(`transactions a second: ${shiftWords(before, lost)}`)
        return [
          ...shiftViolations(before, lost, { victim, primary, others }),
          ...(primaryHere() === primary ? [] : [`${primary} is the primary no more`]),
        ]
      },
    },
    stage,
  )
}

/** Each server's own count. */
async function ratesOf(ids: readonly string[], lastsMs: number, signal: AbortSignal): Promise<Rates> {
  const counts = () => Promise.all(ids.map(id => transactionsAt(id, signal)))
  const [first, startedMs] = [await counts(), performance.now()]
  await sleep(lastsMs, undefined, { signal })
  const [last, tookMs] = [await counts(), performance.now() - startedMs]
  return Object.fromEntries(ids.map((id, nth) => [id, ((last[nth]! - first[nth]!) * 1000) / tookMs]))
}

async function transactionsAt(id: string, signal: AbortSignal): Promise<number> {
  const { rows } = await askDirectly(
    id,
    signal,
    "select (xact_commit + xact_rollback)::float8 as ended from pg_stat_database where datname = current_database()",
  )
  return (rows[0] as { ended: number }).ended
}
