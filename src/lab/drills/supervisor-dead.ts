import { seededRandom } from "../../kit/random.ts"
import { crashAtBirthUrl, keptDead } from "../faults/kept-dead.ts"
import { type Drill, type Episode, totalsOf } from "./drill.ts"
import { beginLoad } from "./stage/begin-load.ts"
import { costsOf, excuseOf, reachMs, recordedExcuses } from "./stage/fault-costs.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"
import { adoptionTimes, adoptionViolations, adoptionWords, whenAdopted } from "./supervisor-dead/adoption.ts"
import { birthMs, hammering, longestPauseMs, patience } from "./supervisor-dead/agent-patience.ts"
import {
  type DeadScene,
  type Found,
  freezeAndThaw,
  killForGood,
  loseAgentAndPids,
  type Timed,
  untilBirths,
} from "./supervisor-dead/dead-scene.ts"

/**
 * `deadMs`: how long nobody plans, at least. `releaseMs` holds the agent's longest wait, a birth, the adoption, and the
 * start of what had died.
 */
const times = {
  short: { deadMs: 20_000, episodeMs: 6000, releaseMs: 10_000 },
  full: { deadMs: 600_000, episodeMs: 25_000, releaseMs: 15_000 },
}

/** Nobody plans for ten minutes, and what still has to work by itself is broken meanwhile. */
export const supervisorDead: Drill = {
  name: "supervisor-dead",
  claim:
    "without a supervisor a killed or frozen web instance is routed round, and the agent keeps trying without hammering; the supervisor that lives again adopts all that lives within 2 s, restarts none of it, and takes nobody else's process for its own",
  async run(context) {
    const options = {
      drainTimeoutMs: 2000,
      faults: true,
      preload: [crashAtBirthUrl],
      excuses: recordedExcuses(),
    }
    return onOwnService("supervisor-dead", options, context, async stage => {
      await stage.service.change({ type: "grow" })
      await stage.service.change({ type: "scale", instances: { web: 3 } })
      await keepDeadAndRelease(stage)
    })
  },
}

async function keepDeadAndRelease(stage: Stage): Promise<void> {
  const { service, faults, context } = stage
  const { short, seed } = context
  const before = await service.settled()
  const supervisor = keptDead(before.supervisor.pid)
  const scene: DeadScene = {
    stage,
    supervisor,
    random: seededRandom(seed),
    living: new Map(before.instances.map(({ id, pid }) => [id, pid!])),
    dead: [],
    strangers: [],
    agentDeathsMs: [],
  }
  const { deadMs, episodeMs, releaseMs } = short ? times.short : times.full
  let nth = 0
  let isBusy = false
  const underLoad = async (loadMs: number, act: () => Promise<Found>) => {
    isBusy = await episode({ seed: seed + nth++, loadMs, wasBusy: isBusy }, stage, act)
  }

  let diedAtMs = 0
  await underLoad(episodeMs, async () => {
    diedAtMs = (await faults.inject(supervisor)).fromMs
    return untilBirths(scene, 5)
  })
  await underLoad(episodeMs, () => killForGood(scene))
  do {
    await underLoad(episodeMs, () => freezeAndThaw(scene))
    await underLoad(episodeMs, () => loseAgentAndPids(scene))
  } while (Date.now() - diedAtMs < deadMs)

  await underLoad(releaseMs, async () => {
    await faults.heal(supervisor)
    const releasedAtMs = Date.now()
    const adoption = await whenAdopted(scene, releasedAtMs)
    const settled = await service.settled()
    const trials = trialsOf(scene, diedAtMs, releasedAtMs)
    const words = `the supervisor may live after ${seconds(releasedAtMs - diedAtMs)} and ${trials.births} deaths at birth`
    return {
      words: `${words}: ${adoptionWords(adoption)}`,
      violations: [...trials.violations, ...adoptionViolations(scene, settled)],
      timed: [trials.pause, ...adoptionTimes(adoption)],
    }
  })
}

/** How the agents tried. Each one's patience is its own: the next one begins anew. */
function trialsOf({ supervisor, agentDeathsMs }: DeadScene, diedAtMs: number, releasedAtMs: number) {
  const births = supervisor.births().map(({ atMs }) => atMs)
  const limits = [diedAtMs, ...agentDeathsMs, releasedAtMs]
  const lives = limits
    .slice(1)
    .map((untilMs, index) => ({ fromMs: limits[index]!, untilMs, firstAtOnce: index > 0 }))
  return {
    births: births.length,
    violations: lives.flatMap(life => hammering(births, life)),
    pause: {
      what: "the longest time without a trial",
      tookMs: Math.max(...lives.map(life => longestPauseMs(births, life))),
      withinMs: patience.capMs + birthMs,
    },
  }
}

/** What the killed web instance may have cost. */
const bill = { costs: costsOf.web, reachMs: reachMs("kill", "web") }

/** Resolves with whether the machine had no time to measure, in this episode or before. */
async function episode(
  { seed, loadMs, wasBusy }: { readonly seed: number; readonly loadMs: number; readonly wasBusy: boolean },
  stage: Stage,
  act: () => Promise<Found>,
): Promise<boolean> {
  stage.context.signal.throwIfAborted()
  const { report } = await beginLoad({ seed, rps: 60, durationMs: loadMs }, stage)
  const startedMs = Date.now()
  const { words: name, violations: found, timed = [], strike } = await act()
  const tookMs = Date.now() - startedMs
  const load = await report
  const isBusy = wasBusy || load.lagging
  const violations = [...found, ...lateness(timed, isBusy)]
  const excused: Record<string, number> = {}
  for (const sample of load.samples) {
    const why = strike && excuseOf(sample, bill, strike, load.startedAtMs)
    if (why !== undefined) excused[why] = (excused[why] ?? 0) + 1
    else violations.push(`${sample.failure} ${sample.method} ${sample.target} ${sample.detail}`)
  }
  if (load.failed > load.samples.length) violations.push(`${load.failed} failures, too many to examine each`)
  const judged = { name, tookMs, load: totalsOf(load), streams: [], violations, excused }
  stage.note(judged, wordsOf(judged))
  return isBusy
}

/** Limits are for a machine that has time: where even the load generator had none, they are three times as long. */
function lateness(timed: readonly Timed[], isBusy: boolean): string[] {
  const factor = isBusy ? 3 : 1
  return timed
    .filter(({ tookMs, withinMs }) => tookMs > withinMs * factor)
    .map(({ what, tookMs, withinMs }) => `${what}: ${tookMs} ms, more than ${withinMs * factor}`)
}

function wordsOf({ name, tookMs, load, excused, violations }: Episode): string {
  const count = Object.values(excused).reduce((sum, one) => sum + one, 0)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return `${name}  ${tookMs} ms  ${load.sent} requests  ${load.failed} failed (${count} excused)  ${verdict}`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
