import { setTimeout as sleep } from "node:timers/promises"
import { agentPid } from "../../../boot/service/agent-pid.ts"
import type { FailureSample, LoadReport } from "../../load/load.ts"
import { type Episode, isWanted, totalsOf } from "../drill.ts"
import { beginLoad } from "./begin-load.ts"
import type { Stage } from "./on-own-service.ts"
import { restartViolations } from "./restarts.ts"

/** What is done; resolves with what was wrong about it, when it is over. */
export type Act = (stage: Stage) => Promise<readonly string[]>

export type UnderLoad = {
  readonly name: string
  readonly loadMs: number
  readonly act: Act
  /** Who may have another pid afterwards; everybody else must not. */
  readonly mayRestart?: readonly string[]
  /** What was struck how often, asked when it is over. Absent: it was one thing. */
  readonly transitions?: () => NonNullable<Episode["transitions"]>
  /** Why a request may have failed; undefined when it may not. Absent: none may. */
  readonly excuse?: (sample: FailureSample, loadStartedAtMs: number) => string | undefined
}

/** Load before the act, so that connections are kept alive when it begins. */
const leadInMs = 500
const nothing = () => undefined

/** One episode, from a settled service to a settled service. */
export async function underLoad(episode: UnderLoad, stage: Stage): Promise<void> {
  const { name, loadMs, act, mayRestart = [], excuse = nothing, transitions } = episode
  const { service, context } = stage
  if (!isWanted(name, context)) return
  context.signal.throwIfAborted()
  const before = await service.settled()
  const agent = await agentPid()
  const load = await beginLoad({ seed: context.seed, rps: 60, durationMs: loadMs }, stage)
  await sleep(leadInMs, undefined, { signal: context.signal })
  const startedMs = Date.now()
  const found = await act(stage)
  const tookMs = Date.now() - startedMs
  const report = await load.report
  // What is wrong already may never settle.
  const after = found.length > 0 ? await service.admin.state() : await service.settled()
  const violations = [
    ...found,
    ...restartViolations(before, after, mayRestart),
    ...(agent === (await agentPid()) ? [] : ["the agent was restarted"]),
  ]
  const counted = transitions === undefined ? {} : { transitions: transitions() }
  const judged = {
    name,
    ...counted,
    tookMs,
    load: totalsOf(report),
    streams: [],
    ...judge(report, violations, excuse),
  }
  stage.note(judged, wordsOf(judged))
}

function judge(
  { samples, startedAtMs, failed, abandoned }: LoadReport,
  found: readonly string[],
  excuse: NonNullable<UnderLoad["excuse"]>,
): Pick<Episode, "violations" | "excused"> {
  const violations = [...found]
  const excused: Record<string, number> = {}
  for (const sample of samples) {
    const why = excuse(sample, startedAtMs)
    if (why !== undefined) excused[why] = (excused[why] ?? 0) + 1
    else violations.push(`${sample.failure} ${sample.method} ${sample.target} ${sample.detail}`)
  }
  if (failed > samples.length) violations.push(`${failed} failures, too many to examine each`)
  if (abandoned > 0) violations.push(`${abandoned} requests were not awaited`)
  return { violations, excused }
}

function wordsOf({ name, tookMs, load, excused, violations }: Episode): string {
  const why = Object.entries(excused).map(([words, count]) => `${count} excused: ${words}`)
  const verdict = violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`
  return [name, `${tookMs} ms`, `${load.sent} requests`, `${load.failed} failed`, ...why, verdict].join("  ")
}
