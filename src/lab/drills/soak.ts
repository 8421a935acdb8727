import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../boot/service/agent-pid.ts"
import type { Change, StateView } from "../../wire/admin.ts"
import { growthViolations, type UsageSample, usageOf, usageWords } from "../report/process-usage.ts"
import { ScratchService } from "../scratch-service.ts"
import { type Drill, type DrillContext, type Episode, totalsOf } from "./drill.ts"
import { SeededWriters, type StableRows } from "./soak/seeded-writers.ts"
import { beginLoad } from "./stage/begin-load.ts"
import { onOwnService, type Stage } from "./stage/on-own-service.ts"

const cycles = { short: 2, full: 100 }
/** A cycle's load lasts as long as its changes; longer than this they do not take. */
const mostLoadMs = 300_000
/** Load after the last change. */
const leadOutMs = 500
/**
 * Far beyond the second in which the load uses each of its kept-alive connections again: one that is idle up to the
 * deadline is closed there, and a request that leaves in that moment meets a reset. It is rarely waited for.
 */
const drainTimeoutMs = 4000
/** Of each writer, in each cycle; the pauses spread them over its changes. */
const writes = { perCycle: 40, pauseMs: 100 }

const upAndDown: readonly Change[] = [
  { type: "grow" },
  { type: "scale", instances: { web: 3 } },
  { type: "shrink" },
]

/** Up and down again and again, and in the end it is as if nothing had been. */
export const soak: Drill = {
  name: "soak",
  claim:
    "growing, scaling and shrinking again and again fails no request and leaves the same rows as on a service that was never scaled; a hundred times over, what lives through it holds no more memory and no more files than at first",
  async run(context) {
    const count = context.short ? cycles.short : cycles.full
    context.say("a service that is never scaled makes the same writes first")
    const control = await neverScaled(count, context)
    return onOwnService("soak", { drainTimeoutMs }, context, async stage => {
      const writers = await SeededWriters.signUp(stage.target, context.seed)
      const samples: UsageSample[] = []
      for (const [index, expected] of control.rows.entries()) {
        context.signal.throwIfAborted()
        const episode = await cycle(index + 1, stage, writers, expected)
        const sample = await sampleOf(await stage.service.settled())
        samples.push(sample)
        const isLast = index === count - 1
        const violations = [
          ...(index === 0 ? control.failed.map(words => `on the service never scaled: ${words}`) : []),
          ...episode.violations,
          ...(isLast && !context.short ? growthViolations(samples) : []),
        ]
        const whole = { ...episode, name: `${episode.name}; ${usageWords(sample)}`, violations }
        stage.note(whole, wordsOf(whole))
      }
      if (!context.short && Object.keys(samples[0]!).length === 0)
        stage.faults.skip({
          name: "leak check",
          subject: "every process",
          why: "this system does not tell what a process holds",
          remedy: "run the drill on Linux",
        })
    })
  },
}

/** What is there after each cycle's writes on a service that stays as it was born. */
async function neverScaled(count: number, { app, seed, signal }: DrillContext) {
  const service = await ScratchService.start("soak-control", { app, signal, drainTimeoutMs })
  const rows: StableRows[] = []
  const failed: string[] = []
  try {
    const writers = await SeededWriters.signUp({ host: "127.0.0.1", port: service.port }, seed)
    while (rows.length < count) {
      signal.throwIfAborted()
      failed.push(...(await writers.write(writes.perCycle, 0, signal)))
      rows.push(await writers.rows())
    }
  } finally {
    await service.end(false)
  }
  return { rows, failed }
}

async function cycle(
  nth: number,
  stage: Stage,
  writers: SeededWriters,
  expected: StableRows,
): Promise<Episode> {
  const { service, context } = stage
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  const load = await beginLoad(
    { seed: context.seed + nth, rps: 60, durationMs: mostLoadMs },
    { ...stage, context: { ...context, signal } },
  )
  const startedMs = Date.now()
  const writing = writers.write(writes.perCycle, writes.pauseMs, context.signal)
  for (const change of upAndDown) await service.change(change)
  const state = await service.settled()
  const tookMs = Date.now() - startedMs
  const failed = await writing
  await sleep(leadOutMs, undefined, { signal: context.signal })
  over.abort()
  const report = await load.report
  context.signal.throwIfAborted()
  const rows = await writers.rows()
  return {
    name: `cycle ${nth}: ${rows.posts} posts, ${rows.cafes} cafés compared`,
    tookMs,
    load: totalsOf(report),
    streams: [],
    violations: [
      ...report.samples.map(
        ({ failure, method, target, detail }) => `${failure} ${method} ${target} ${detail}`,
      ),
      ...(report.failed > report.samples.length ? [`${report.failed} requests failed in all`] : []),
      ...failed,
      ...rowViolations(rows, expected),
      ...shapeViolations(state),
    ],
    excused: {},
  }
}

function rowViolations(rows: StableRows, expected: StableRows): string[] {
  return [
    ...(rows.postsHash === expected.postsHash
      ? []
      : [`${rows.posts} posts are not the ${expected.posts} of the service that was never scaled`]),
    ...(rows.cafesHash === expected.cafesHash
      ? []
      : [`${rows.cafes} cafés are not the ${expected.cafes} of the service that was never scaled`]),
  ]
}

/** Back to one process and its database. */
function shapeViolations({ stage, instances }: StateView): string[] {
  const shape = instances.map(({ id, state }) => `${id.replace(/-\d+$/, "")} ${state}`).join(", ")
  return stage === "single" && shape === "app ready, postgres ready" ? [] : [`in stage ${stage}: ${shape}`]
}

/** Of those that live through all cycles: who is born anew in each cannot leak from one to the next. */
async function sampleOf({ supervisor, instances }: StateView): Promise<UsageSample> {
  const postgres = instances.find(({ id }) => id.startsWith("postgres-"))?.pid
  const pids = { agent: await agentPid(), supervisor: supervisor.pid, postgres }
  const sample: Record<string, UsageSample[string]> = {}
  for (const [name, pid] of Object.entries(pids)) {
    const usage = pid === undefined ? undefined : usageOf(pid)
    if (usage !== undefined) sample[name] = usage
  }
  return sample
}

function wordsOf({ name, tookMs, load, violations }: Episode): string {
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return `${name}  ${tookMs} ms  ${load.sent} requests  ${load.failed} failed  ${verdict}`
}
