import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { seededRandom } from "../../kit/random.ts"
import { sumCounts } from "../../kit/sum-counts.ts"
import { terminateFault } from "../faults/terminate.ts"
import type { FailureSample } from "../load/load.ts"
import { type Drill, type Episode, totalsOf } from "./drill.ts"
import {
  changeCycle,
  type FrontDoorChange,
  type Transitions,
  transitionsOf,
} from "./edge-changes/change-cycle.ts"
import { Visitors, type VisitorsReport } from "./edge-changes/visitors.ts"
import { idleViolations } from "./stage/idle-violations.ts"
import { type CannedStage, onCannedApp } from "./stage/on-canned-app.ts"
import { streamViolations } from "./stage/stream-violations.ts"

const app = fileURLToPath(new URL("./edge-changes/streaming-app.ts", import.meta.url))
/** Longer than an upload; and each kept-alive connection is used again many times in it. */
const drainTimeoutMs = 2000
const forms = {
  short: { changes: 10, requests: 0, sideways: 8, rps: 200, streamsOfEach: 2 },
  full: { changes: 500, requests: 2_000_000, sideways: 18, rps: 2500, streamsOfEach: 4 },
}
/** Load before the first change of a cycle and after its last. */
const leadMs = 500

/** The front door and what it knows are changed again and again, and nobody who comes through it notices. */
export const edgeChanges: Drill = {
  name: "edge-changes",
  claim:
    "backends added and taken away and front doors replaced under load fail no request, reset no connection, new or kept-alive, and end streams only in the way their protocols end them",
  run(context) {
    const form = forms[context.short ? "short" : "full"]
    const random = seededRandom(context.seed)
    let changes = 0
    let requests = 0
    const options = { app, drainTimeoutMs, count: () => changes }
    return onCannedApp("edge-changes", options, context, async stage => {
      for (let nth = 1; changes < form.changes || requests < form.requests; nth++) {
        const cycle = changeCycle(nth, form.sideways, random)
        const episode = await underVisitors(nth, cycle, form, stage)
        changes += cycle.length
        requests += episode.load.sent
        stage.note(episode, wordsOf(cycle, episode))
        if (episode.violations.length > 0 && context.untilViolation === true) return
      }
    })
  },
}

async function underVisitors(
  nth: number,
  cycle: readonly FrontDoorChange[],
  { rps, streamsOfEach }: Pick<(typeof forms)["full"], "rps" | "streamsOfEach">,
  stage: CannedStage,
): Promise<Episode> {
  const { target, context, recorder } = stage
  const visitors = await Visitors.come({
    target,
    rps,
    streamsOfEach,
    seed: context.seed + nth,
    tickMs: recorder.tickMs,
    onTick: recorder.loadBegan(Date.now()),
  })
  const startedMs = Date.now()
  const transitions: Transitions[] = []
  try {
    await sleep(leadMs, undefined, { signal: context.signal })
    for (const change of cycle) {
      context.signal.throwIfAborted()
      transitions.push(await make(change, stage))
    }
    await stage.service.settled()
    await sleep(leadMs, undefined, { signal: context.signal })
  } finally {
    await visitors.leave()
  }
  const { load, streams } = await visitors.leave()
  context.signal.throwIfAborted()
  return {
    name: `cycle ${nth}, ${cycle.length} changes`,
    tookMs: Date.now() - startedMs,
    load: totalsOf(load),
    streams,
    violations: violationsOf({ load, streams }),
    excused: {},
    transitions: sumCounts(transitions),
  }
}

/** Resolves with the transitions of the front door it took, when they are over. */
async function make({ change }: FrontDoorChange, stage: CannedStage): Promise<Transitions> {
  const { service, recorder } = stage
  if (change !== undefined) {
    const plan = await service.change(change)
    return plan === null ? {} : transitionsOf(plan)
  }
  const { instances } = await service.settled()
  const door = instances.find(({ tier }) => tier.startsWith("edge"))!
  recorder.fault(Date.now(), "is told to leave", door.id)
  await terminateFault(door.id, door.pid!).strike()
  await service.waitFor(
    `${door.id} replaced`,
    now => now.settled && now.instances.every(({ pid }) => pid !== door.pid),
  )
  return { "front doors replaced": 1 }
}

function violationsOf({ load, streams }: VisitorsReport): string[] {
  const failed = load.samples.map(sampleWords)
  return [
    ...failed,
    ...(load.failed > failed.length ? [`${load.failed} requests failed in all`] : []),
    ...(load.abandoned > 0 ? [`${load.abandoned} requests were not awaited`] : []),
    ...idleViolations(load.connections),
    ...streams.flatMap(streamViolations),
  ]
}

function sampleWords({ failure, method, target, detail, atMs, nthOnConnection }: FailureSample): string {
  return `${failure} ${method} ${target} ${detail} (after ${atMs} ms, request ${nthOnConnection} of its connection)`
}

function wordsOf(cycle: readonly FrontDoorChange[], { name, tookMs, load, streams }: Episode): string {
  const changes = cycle.map(({ name }) => name).join(", ")
  const requests = `${load.sent} requests (${load.onNewConnections} on new connections)`
  return [
    `${name}: ${changes}`,
    `${tookMs} ms`,
    requests,
    `${load.failed} failed`,
    `${streams.length} streams`,
  ].join("  ")
}
