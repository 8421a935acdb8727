import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../boot/agent-pid.ts"
import { randomInt, seededRandom } from "../../kit/random.ts"
import type { StateView } from "../../wire/admin.ts"
import type { Excuse as RecordedExcuse } from "../checkers/excuse.ts"
import { killFault } from "../faults/kill.ts"
import type { FailureSample, LoadReport } from "../load/load.ts"
import { beginLoad } from "./begin-load.ts"
import { type Drill, type Episode, totalsOf } from "./drill.ts"
import { onOwnService, type Stage } from "./on-own-service.ts"

type Victim = "web" | "edge" | "app" | "supervisor" | "agent"

/** Why a failure is no violation, in words; undefined when it is one. `killedAtMs` counts from the load's begin. */
type Excuse = (sample: FailureSample, killedAtMs: number) => string | undefined

const loadMs = 3500
/** How long a killed process may still accept connections: the signal has to reach it on its own processor. */
const dyingMs = 50

const repeatable = (method: string) => ["GET", "HEAD", "PUT", "DELETE"].includes(method)

/** What each kill may cost. Everything else is a violation. */
const excuses: Readonly<Record<Victim, Excuse>> = {
  web: sample => {
    if (sample.answerBegan && sample.failure !== "status5xx") return "its answer had begun"
    return repeatable(sample.method)
      ? undefined
      : "not repeatable, and it may have reached the killed process"
  },
  edge: onConnectionsOfTheDead,
  app: onConnectionsOfTheDead,
  supervisor: () => undefined,
  agent: () => undefined,
}

function onConnectionsOfTheDead(sample: FailureSample, killedAtMs: number): string | undefined {
  const reset = sample.failure === "resetNew" || sample.failure === "resetReused"
  const isOld = sample.connectionBegunAtMs <= killedAtMs + dyingMs
  return reset && isOld ? "its connection was open to the killed process" : undefined
}

/** The same, for the recorded sessions, each of whose requests has a connection of its own. */
const excusesOfRecorded: readonly RecordedExcuse[] = [
  ...["app", "edge"].map(subject => ({
    why: "its connection was open to the killed process",
    failures: ["resetNew"],
    during: { opens: "kill", subject, afterMs: dyingMs },
  })),
  {
    why: "not repeatable, and it may have reached the killed process",
    failures: ["status5xx", "resetNew"],
    methods: ["POST", "PATCH"],
    during: { opens: "kill", subject: "web", afterMs: 1000 },
  },
]

/** SIGKILL of every process in turn, under load. */
export const killAny: Drill = {
  name: "kill-any",
  claim:
    "SIGKILL of any process costs at most what was on a connection to it; of a web instance no repeatable request, of the supervisor or the agent nothing",
  async run(context) {
    const times = context.short ? 1 : 20
    const options = { drainTimeoutMs: 2000, excuses: excusesOfRecorded }
    return onOwnService("kill-any", options, context, async stage => {
      await series(["app", "supervisor", "agent"], times, stage, 0)
      await stage.service.change({ type: "grow" })
      await series(["web", "edge", "supervisor", "agent"], times, stage, 3 * times)
    })
  },
}

async function series(
  victims: readonly Victim[],
  times: number,
  stage: Stage,
  before: number,
): Promise<void> {
  const { signal, seed } = stage.context
  for (const [index, victim] of victims.entries()) {
    for (let nth = 1; nth <= times; nth++) {
      signal.throwIfAborted()
      const nthOfAll = before + index * times + nth
      const episode = await killUnderLoad(`${victim} ${nth}/${times}`, victim, seed + nthOfAll, stage)
      stage.note(episode, wordsOf(episode))
    }
  }
}

async function killUnderLoad(name: string, victim: Victim, seed: number, stage: Stage): Promise<Episode> {
  const { service } = stage
  const state = await service.settled()
  const random = seededRandom(seed)
  const { report } = await beginLoad({ seed, rps: 100, durationMs: loadMs }, stage)
  await sleep(1000 + randomInt(random, 500), undefined, { signal: stage.context.signal })
  const pid = await pidOf(victim, state, random)
  await stage.faults.inject(killFault(victim, pid))
  const killedAtMs = Date.now()
  if (victim === "agent") await agentPid(pid)
  await service.waitFor(`${victim} ${pid} replaced`, now => now.settled && !pidsOf(now).includes(pid))
  const tookMs = Date.now() - killedAtMs
  return judge(name, tookMs, await report, killedAtMs, excuses[victim])
}

function judge(
  name: string,
  tookMs: number,
  report: LoadReport,
  killedAtMs: number,
  excuse: Excuse,
): Episode {
  const excused: Record<string, number> = {}
  const violations: string[] = []
  const killedMs = killedAtMs - report.startedAtMs
  for (const sample of report.samples) {
    const why = excuse(sample, killedMs)
    if (why !== undefined) excused[why] = (excused[why] ?? 0) + 1
    else
      violations.push(
        `${sample.failure} ${sample.method} ${sample.target} ${sample.detail} (sent ${Math.round(sample.atMs - sample.latencyMs - killedMs)} ms after the kill)`,
      )
  }
  if (report.failed > report.samples.length)
    violations.push(`${report.failed} failures, too many to examine each`)
  return { name, tookMs, load: totalsOf(report), streams: [], violations, excused }
}

async function pidOf(victim: Victim, state: StateView, random: () => number): Promise<number> {
  if (victim === "supervisor") return state.supervisor.pid
  if (victim === "agent") return agentPid()
  const candidates = state.instances.filter(
    ({ id, state }) => id.startsWith(`${victim}-`) && state === "ready",
  )
  return candidates[randomInt(random, candidates.length)]!.pid!
}

function pidsOf(state: StateView): number[] {
  return [state.supervisor.pid, ...state.instances.flatMap(({ pid }) => pid ?? [])]
}

function wordsOf({ name, tookMs, load, excused, violations }: Episode): string {
  const why = Object.entries(excused).map(([words, count]) => `${count} excused: ${words}`)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return [
    `kill ${name}`,
    `healed in ${tookMs} ms`,
    `${load.sent} requests`,
    `${load.failed} failed`,
    `longest silence ${load.longestSilenceMs} ms`,
    ...why,
    verdict,
  ].join("  ")
}
