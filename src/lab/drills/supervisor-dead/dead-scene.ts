import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../../boot/service/agent-pid.ts"
import { type Random, randomInt } from "../../../kit/random.ts"
import type { Strike } from "../../faults/fault-injector.ts"
import { freezeFault } from "../../faults/freeze.ts"
import type { KeptDead } from "../../faults/kept-dead.ts"
import { killFault } from "../../faults/kill.ts"
import { agentKilledPidsReused, type ReusedPids } from "../../faults/reused-pids.ts"
import { logLines, rotationOf } from "../../service-log.ts"
import type { Stage } from "../stage/on-own-service.ts"
import { ask } from "../stage/plain-http.ts"

/** A service whose supervisor is kept dead, and what was done to it. */
export type DeadScene = {
  readonly stage: Stage
  readonly supervisor: KeptDead
  readonly random: Random
  /** Pids by id, of those that nobody has killed. */
  readonly living: Map<string, number>
  /** Web instances that were killed. */
  readonly dead: string[]
  readonly strangers: ReusedPids[]
  readonly agentDeathsMs: number[]
}

/** How long the front door may take to leave, or to take back, an instance: a check a second, and its time-out. */
const routeWithinMs = 5000
/** Asked while an instance is left: enough that one of them would have met it. */
const probes = 24
const probePath = "/api/cafes?lat=40.7265&lon=-73.9815&limit=1"

/** What was done, with its numbers, and what was wrong with it. */
export type Found = {
  readonly words: string
  readonly violations: readonly string[]
  readonly timed?: readonly Timed[]
  /** Of the fault that may cost requests. */
  readonly strike?: Strike
}

/** `what`: a sentence's beginning, which how long it took ends. */
export type Timed = { readonly what: string; readonly tookMs: number; readonly withinMs: number }

/** So many supervisors have tried to live. */
export async function untilBirths({ supervisor, stage }: DeadScene, count: number): Promise<Found> {
  const { tookMs } = await seen(() => supervisor.births().length >= count, 20_000, stage)
  const words = `the supervisor is killed, and each that follows: ${supervisor.births().length} in ${tookMs} ms`
  return { words, violations: supervisor.births().length >= count ? [] : [`${count} births were due`] }
}

/** SIGKILL of a web instance that nobody starts again. */
export async function killForGood(scene: DeadScene): Promise<Found> {
  const [id, pid] = someWeb(scene)
  scene.living.delete(id)
  scene.dead.push(id)
  const strike = await scene.stage.faults.inject(killFault(id, pid))
  const left = await rotationChange(scene, id, "left")
  const violations = [...left.violations, ...(await probe(scene))]
  return { words: `${id} is killed: ${left.words}`, violations, strike }
}

/** The front door leaves a frozen instance by itself, and takes it back. */
export async function freezeAndThaw(scene: DeadScene): Promise<Found> {
  const { faults } = scene.stage
  const [id, pid] = someWeb(scene)
  const freeze = freezeFault({ subject: id, pid, scope: "tree" })
  await faults.inject(freeze)
  const left = await rotationChange(scene, id, "left")
  const answered = left.violations.length === 0 ? await probe(scene) : []
  await faults.heal(freeze)
  const back = await rotationChange(scene, id, "taken back")
  return {
    words: `${id} is frozen and thawed: ${left.words}, ${back.words}`,
    violations: [...left.violations, ...answered, ...back.violations],
  }
}

/** SIGKILL of the agent; the next one finds records of the dead that name somebody else's process. */
export async function loseAgentAndPids(scene: DeadScene): Promise<Found> {
  const { stage, strangers, agentDeathsMs } = scene
  const dead = scene.dead[0]!
  const former = await agentPid()
  const loss = agentKilledPidsReused(former, dead)
  const { fromMs: diedAtMs } = await stage.faults.inject(loss)
  agentDeathsMs.push(diedAtMs)
  strangers.push(loss)
  await agentPid(former)
  const backAfterMs = Date.now() - diedAtMs
  const stranger = loss.stranger()?.pid
  const tookForDead = () =>
    logLines("agent", "exited").some(({ instance, pid }) => instance === dead && pid === stranger)
  const tried = () => scene.supervisor.births().some(({ atMs }) => atMs > diedAtMs)
  const { isSo: sawThrough } = await seen(tookForDead, routeWithinMs, stage)
  const { isSo: keepsTrying } = await seen(tried, routeWithinMs, stage)
  const reused = `whose pid ${stranger} is another program's`
  return {
    words: `the agent is killed, pids are reused: the next one after ${backAfterMs} ms`,
    violations: [
      ...(sawThrough ? [] : [`the agent did not take ${dead} for dead, ${reused}`]),
      ...(keepsTrying ? [] : [`the agent started no supervisor in place of the one ${reused}`]),
      ...(await probe(scene)),
    ],
  }
}

function someWeb({ living, random }: DeadScene): [id: string, pid: number] {
  const webs = [...living].filter(([id]) => id.startsWith("web-"))
  return webs[randomInt(random, webs.length)]!
}

async function rotationChange(scene: DeadScene, id: string, how: "left" | "taken back"): Promise<Found> {
  const edge = [...scene.living.keys()].find(id => id.startsWith("edge-"))!
  const wanted = how === "taken back"
  const changed = () => rotationOf(edge).includes(id) === wanted
  const { isSo, tookMs } = await seen(changed, routeWithinMs, scene.stage)
  const words = `${isSo ? "" : "not "}${how} after ${tookMs} ms`
  return { words, violations: isSo ? [] : [`${edge} had not ${how} ${id} after ${tookMs} ms`] }
}

/** Requests that must be answered while an instance is out: none may wait for it. */
async function probe({ stage }: DeadScene): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: probes }, () => ask(stage.target, { method: "GET", path: probePath, fields: {} })),
  )
  return answers
    .filter(({ status }) => status !== 200)
    .map(({ status, failure = "", detail }) => `probe: ${status} ${failure} ${detail}`)
}

async function seen(look: () => boolean, withinMs: number, { context }: Stage) {
  const startedMs = performance.now()
  const tookMs = () => Math.round(performance.now() - startedMs)
  while (!look()) {
    if (tookMs() > withinMs) return { isSo: false, tookMs: tookMs() }
    await sleep(20, undefined, { signal: context.signal })
  }
  return { isSo: true, tookMs: tookMs() }
}
