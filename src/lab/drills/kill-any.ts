import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../boot/agent-pid.ts"
import { randomInt, seededRandom } from "../../kit/random.ts"
import type { StateView } from "../../wire/admin.ts"
import type { FailureSample, LoadReport } from "../load/load.ts"
import { ScratchService } from "../scratch-service.ts"
import { beginLoad } from "./begin-load.ts"
import { type Drill, type DrillContext, type Episode, totalsOf } from "./drill.ts"

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

/** SIGKILL of every process in turn, under load. */
export const killAny: Drill = {
  name: "kill-any",
  claim:
    "SIGKILL of any process costs at most what was on a connection to it; of a web instance no repeatable request, of the supervisor or the agent nothing",
  async run(context) {
    const service = await ScratchService.start("kill-any", { app: context.app, drainTimeoutMs: 2000 })
    const times = context.short ? 1 : 20
    const episodes: Episode[] = []
    try {
      await series(["app", "supervisor", "agent"], times, service, context, episodes)
      await service.change({ type: "grow" })
      await series(["web", "edge", "supervisor", "agent"], times, service, context, episodes)
    } finally {
      await service.end(episodes.some(episode => episode.violations.length > 0))
    }
    return { n: episodes.length, episodes }
  },
}

async function series(
  victims: readonly Victim[],
  times: number,
  service: ScratchService,
  context: DrillContext,
  episodes: Episode[],
): Promise<void> {
  for (const victim of victims) {
    for (let nth = 1; nth <= times; nth++) {
      context.signal.throwIfAborted()
      const seed = context.seed + episodes.length
      const episode = await killUnderLoad(`${victim} ${nth}/${times}`, victim, seed, service, context)
      episodes.push(episode)
      context.say(wordsOf(episode))
    }
  }
}

async function killUnderLoad(
  name: string,
  victim: Victim,
  seed: number,
  service: ScratchService,
  context: DrillContext,
): Promise<Episode> {
  const target = { host: "127.0.0.1", port: service.port }
  const state = await service.settled()
  const random = seededRandom(seed)
  const { report } = await beginLoad({ target, seed, rps: 100, durationMs: loadMs }, context.signal)
  await sleep(1000 + randomInt(random, 500))
  const pid = await pidOf(victim, state, random)
  process.kill(pid, "SIGKILL")
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
