import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Random, seededRandom } from "../../../kit/random.ts"
import type { LoadTick } from "../../load/load.ts"
import { type DrillContext, type DrillFindings, totalsOf } from "../drill.ts"
import { anyReplica, primaryHere, replicasOf } from "../stage/databases.ts"
import { type CannedStage, onCannedApp } from "../stage/on-canned-app.ts"
import { restartViolations } from "../stage/restarts.ts"
import { steadyLoad, steadyWords } from "../stage/steady-load.ts"
import { shiftViolations, shiftWords } from "./read-shift.ts"
import { letThemCount, ratesOf } from "./server-rates.ts"
import { recoveredWithinMs, sheddingViolations } from "./shedding.ts"
import { readMs, readsAtOnce } from "./slow-reads-app.ts"
import { type Loss, lossFault } from "./ways.ts"

const app = fileURLToPath(new URL("./slow-reads-app.ts", import.meta.url))
/** Of one replica, which one instance reads from. */
const capacity = (readsAtOnce * 1000) / readMs
/** Two can carry that, also where a read takes a quarter longer than it should, and one cannot. */
const rps = 2 * capacity * 0.75
/** A frozen replica is believed in for two and a half seconds; who has waited for that and a queue, and longer, has gone. */
const patienceMs = 4000
const countMs = { short: 2000, full: 6000 }
/** It goes on for so long after the last one was turned away. */
const watchMs = { short: 2000, full: 5000 }
/** A short run shares its machine with other tests: it shows that a service does not collapse, the full one by how little. */
const leastShare = { short: 0.7, full: 0.85 }
/** Who has just been born reads from no replica for two seconds. */
const bornMs = 2500
const settleMs = 1000
const lookEveryMs = 100
const longestMs = 120_000

/** Two replicas carry the load, one cannot: what it can take is answered, and nobody else takes the rest. */
export function loseUnderOverload(losses: readonly Loss[], context: DrillContext): Promise<DrillFindings> {
  const replicated = { stage: "replicated", webInstances: 1 } as const
  const options = { app, drainTimeoutMs: 2000, ...replicated, data: { poolSize: readsAtOnce } }
  return onCannedApp("replica-lost", options, context, async stage => {
    await sleep(bornMs, undefined, { signal: context.signal })
    const random = seededRandom(context.seed)
    for (const loss of losses) await loseOne(loss, random, stage)
  })
}

async function loseOne({ name, way }: Loss, random: Random, stage: CannedStage): Promise<void> {
  const { service, context } = stage
  const startedMs = Date.now()
  const settled = await service.settled()
  const primary = primaryHere()
  const victim = anyReplica(settled, primary, random)
  const others = replicasOf(settled, primary).filter(id => id !== victim)
  const [ticks, enough]: [LoadTick[], AbortController] = [[], new AbortController()]
  const load = steadyLoad(
    {
      request: { kind: "read", method: "GET", target: "/" },
      ...{ rps, patienceMs, durationMs: longestMs, enough: enough.signal },
      onTick: tick => ticks.push(tick),
    },
    stage,
  )
  const cast = { primary, victim, others }
  const seen = await loseMeanwhile(way, cast, ticks, stage).finally(() => enough.abort())
  const report = await load
  const { before, without } = seen
  const since = (atMs: number) => atMs - report.startedAtMs
  const loss = { calmMs: since(seen.calmAtMs), lostMs: since(seen.lostAtMs), backMs: since(seen.backAtMs) }
  const least = capacity * leastShare[context.short ? "short" : "full"]
  context.say(`statements a second: ${shiftWords(before, without)}`)
  const violations = [
    ...sheddingViolations(ticks, report, loss, { capacity, least }),
    ...shiftViolations(before, without, cast),
    ...restartViolations(settled, await service.settled(), [victim]),
    ...(primaryHere() === primary ? [] : [`${primary} is the primary no more`]),
  ]
  const told = { name, tookMs: Date.now() - startedMs, violations, load: totalsOf(report) }
  stage.note({ ...told, streams: [], excused: {} }, `${name}  ${steadyWords(report)}`)
}

type Cast = { readonly primary: string; readonly victim: string; readonly others: readonly string[] }

/** Resolves when all is calm again, with what each server did before and without the replica. */
async function loseMeanwhile(
  way: Loss["way"],
  { primary, victim, others }: Cast,
  ticks: readonly LoadTick[],
  { service, faults, measures, context: { short, signal } }: CannedStage,
) {
  const form = short ? "short" : "full"
  await letThemCount(primary, [victim, ...others], signal)
  // Code that has never run is slow at first.
  await calmAfter(ticks, watchMs[form], signal)
  const calmAtMs = Date.now()
  const before = await ratesOf([primary, victim, ...others], countMs[form], signal)
  const fault = await lossFault(way, victim, service)
  const { fromMs: lostAtMs } = await faults.inject(fault)
  await sleep(settleMs, undefined, { signal })
  const without = await ratesOf([primary, ...others], countMs[form], signal)
  await faults.heal(fault)
  await service.settled()
  const backAtMs = Date.now()
  measures.add("until nobody is turned away", await calmAfter(ticks, watchMs[form], signal))
  return { before, without, calmAtMs, lostAtMs, backAtMs }
}

/** How long it takes until nobody is turned away any more, of which is sure who has watched for a while. */
async function calmAfter(ticks: readonly LoadTick[], watchMs: number, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now()
  let [calmMs, seen] = [0, ticks.length]
  for (;;) {
    const sinceMs = performance.now() - startedMs
    if (ticks.slice(seen).some(({ failed }) => failed > 0)) calmMs = sinceMs
    seen = ticks.length
    if (sinceMs - calmMs >= watchMs || sinceMs >= recoveredWithinMs + watchMs) return calmMs
    await sleep(lookEveryMs, undefined, { signal })
  }
}
