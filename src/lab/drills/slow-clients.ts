import { setTimeout as sleep } from "node:timers/promises"
import type { SkippedFault } from "../faults/fault.ts"
import type { LoadReport } from "../load/load.ts"
import { TimelineRecorder } from "../report/timeline-recorder.ts"
import type { Drill } from "./drill.ts"
import { onSlotsApp, type SlotsStage } from "./limits/on-slots-app.ts"
import {
  connectionsTo,
  letSlowClientsLoose,
  missingSlowClients,
  slowClientsOfEach,
} from "./limits/slow-clients-tool.ts"
import { restartViolations } from "./stage/restarts.ts"
import { steadyLoad } from "./stage/steady-load.ts"

/** A quarter of what the app can take: nobody waits for anybody but the slow. */
const rps = 50
const patienceMs = 10_000
const attackSeconds = { short: 15, full: 60 }
const calmMs = { short: 2000, full: 10_000 }
/** Ranges are answered and closed; of the three kinds that stay, so many at least, or nothing was tried. */
const leastStanding = slowClientsOfEach * 3 * 0.8
const lookEveryMs = 250

/** Five thousand clients that send and read as slowly as they can, and fifty requests a second of good ones. */
export const slowClients: Drill = {
  name: "slow-clients",
  claim:
    "five thousand slow clients fail no request of others, whose p99 at most doubles (compared in the full form only)",
  async run(context) {
    const missing = missingSlowClients()
    if (missing !== undefined) {
      const timeline = new TimelineRecorder(Date.now()).timeline(Date.now())
      return { n: 0, episodes: [], verdicts: [], skipped: [missing], timeline }
    }
    return onSlotsApp("slow-clients", context, async stage => {
      await besiege("single", stage)
      if (context.short) return
      await stage.service.change({ type: "grow" })
      await besiege("balanced", stage)
    })
  },
}

/** A generator that is late itself measures itself: failures count all the same. */
const tooBusy: SkippedFault = {
  name: "slow-clients",
  subject: "latencies",
  why: "the machine is too busy to compare latencies: the load generator was late itself",
  remedy: "run the drill alone on the machine",
}

async function besiege(name: string, stage: SlotsStage): Promise<void> {
  const { service, target, context } = stage
  const form = context.short ? "short" : "full"
  const before = await service.settled()
  const calmStartedMs = Date.now()
  const calm = await goodLoad(calmMs[form], stage)
  stage.note(
    { name: `${name}, calm`, tookMs: Date.now() - calmStartedMs, violations: noneFailed(calm) },
    calm,
  )
  const startedMs = Date.now()
  const attack = letSlowClientsLoose(target, attackSeconds[form], context.signal)
  const standing = mostStanding(stage, attack)
  const [good] = await Promise.all([goodLoad(attackSeconds[form] * 1000, stage), attack])
  const violations = [
    ...noneFailed(good),
    ...(context.short ? [] : comparedLatencies(calm, good, stage)),
    ...restartViolations(before, await service.settled()),
  ]
  const most = await standing
  if (most < leastStanding) stage.skip(tooFew(most))
  const words = `${name}, ${most} connections at once`
  stage.note({ name: words, tookMs: Date.now() - startedMs, violations }, good)
}

function goodLoad(durationMs: number, stage: SlotsStage): Promise<LoadReport> {
  return steadyLoad(
    { request: { kind: "work", method: "GET", target: "/work" }, rps, durationMs, patienceMs },
    stage,
  )
}

async function mostStanding({ target }: SlotsStage, attack: Promise<void>): Promise<number> {
  let isOver = false
  const over = attack.catch(() => {}).then(() => (isOver = true))
  let most = 0
  while (!isOver) {
    most = Math.max(most, await connectionsTo(target))
    await Promise.race([over, sleep(lookEveryMs)])
  }
  return most
}

const noneFailed = ({ failed }: LoadReport) => (failed === 0 ? [] : [`${failed} good requests failed`])

/**
 * The short form is for every test run, also on machines where latencies say nothing. Latency counts from the moment a
 * request was due: a generator that is late makes it longer, never shorter. So late among the slow clients it can still
 * show that the bound was kept, and not that it was broken; late before they came it shows nothing.
 */
function comparedLatencies(calm: LoadReport, good: LoadReport, stage: SlotsStage): string[] {
  const [before, during] = [calm.latencyMs.p99, good.latencyMs.p99]
  const isKept = during <= before * 2
  if (!calm.lagging && isKept) return []
  if (!calm.lagging && !good.lagging) return [`p99 of good requests rose from ${before} to ${during} ms`]
  stage.skip(tooBusy)
  return []
}

/** Slow clients that were slow to come, on a machine that is busy, are no fault of the service's. */
function tooFew(most: number): SkippedFault {
  return {
    name: "slow-clients",
    subject: "client-edge",
    why: `only ${most} connections stood at once, of ${leastStanding} at least`,
    remedy: "run the drill alone on the machine",
  }
}
