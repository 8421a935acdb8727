import type { Verdict } from "../checkers/checker.ts"
import type { SkippedFault } from "../faults/fault.ts"
import type { LoadReport, Quantiles } from "../load/load.ts"
import type { StreamReport } from "../load/stream-probe.ts"
import type { Machine } from "../report/machine.ts"
import type { MachineUse } from "../report/machine-use.ts"
import type { Timeline, TimelineFault, TimelineTick } from "../report/timeline.ts"

/** What a drill is given. */
export type DrillContext = {
  /** Fewer rounds, for every test run; the full one is for claims. */
  readonly short: boolean
  readonly seed: number
  /** Path of the app to run it on. */
  readonly app: string
  /** What was typed to run it, for the report. */
  readonly command: string
  /** Tells what happens, one line each. */
  readonly say: (words: string) => void
  /** Hears of the load while it runs, four times a second, with what was last broken in the same episode. */
  readonly live?: (moment: { readonly tick: TimelineTick; readonly fault: TimelineFault | undefined }) => void
  readonly signal: AbortSignal
  /** URLs of modules every process of the drill's service loads first: how bugs are planted that the drill must catch. */
  readonly preload?: readonly string[]
  /** Only episodes with this in their names, where the drill can leave others out: a part of the claim, for a closer look. */
  readonly only?: string
  /** Ends with the first episode that shows a violation, and is judged by then. */
  readonly untilViolation?: boolean
}

/** A scenario on real processes, judged from outside. */
export type Drill = {
  readonly name: string
  /** What it claims when it passes. */
  readonly claim: string
  /** It drops packets where it may: the command line runs it in a network of its own, if this user may have one. */
  readonly dropsPackets?: true
  /** It mounts a disk of its own: the command line runs it where this user may, if there is such a place. */
  readonly mountsDisk?: true
  run(context: DrillContext): Promise<DrillFindings>
}

/** One planned change or one fault, with what the clients saw meanwhile. */
export type Episode = {
  readonly name: string
  readonly tookMs: number
  readonly load: LoadTotals
  readonly streams: readonly StreamReport[]
  /** Each a sentence about something that must not be. Empty when all was well. */
  readonly violations: readonly string[]
  /** Failures the scenario excuses, by why. */
  readonly excused: Readonly<Record<string, number>>
  /** What changed, or was struck, how often, where an episode is more than one of them: `front doors replaced`. */
  readonly transitions?: Readonly<Record<string, number>>
}

export type LoadTotals = Pick<
  LoadReport,
  "sent" | "ok" | "failed" | "failures" | "latencyMs" | "longestSilenceMs" | "lagMs" | "lagging"
> & { readonly onNewConnections: number; readonly onReusedConnections: number }

export type DrillFindings = {
  /** Transitions or faults, not requests: what the claim's n counts. */
  readonly n: number
  readonly episodes: readonly Episode[]
  /** What the checkers say of the recorded sessions' history. */
  readonly verdicts: readonly Verdict[]
  /** Faults that could not be struck here: each a part of the claim that was not tried. */
  readonly skipped: readonly SkippedFault[]
  /** What was measured beside the claim, by what it is, in milliseconds: `pause of a switchover`. */
  readonly measuredMs?: Readonly<Record<string, Quantiles>>
  readonly timeline: Timeline
}

/**
 * What a drill found, the worst first:
 * - `failed`: something happened that must not. On whatever machine: nothing excuses it.
 * - `invalid`: the load generator was starved, so the faults struck a service without the load that was claimed.
 * - `incomplete`: all was well, and a fault of the claim could not be struck here.
 * - `passed`.
 */
export type DrillVerdict = "passed" | "failed" | "incomplete" | "invalid"

export type DrillReport = DrillFindings & {
  readonly schema: 1
  readonly drill: string
  readonly claim: string
  readonly verdict: DrillVerdict
  readonly short: boolean
  readonly seed: number
  readonly requests: number
  readonly failed: number
  readonly violations: readonly string[]
  /** Why the latencies say little, as sentences: the machine was too busy to measure. Failures count all the same. */
  readonly busy: readonly string[]
  readonly startedAt: string
  readonly tookMs: number
  /** What was typed: the same command runs it again. */
  readonly command: string
  readonly machine: Machine
  readonly machineUse: MachineUse
}

export function isWanted(episode: string, { only = "" }: Pick<DrillContext, "only">): boolean {
  return episode.includes(only)
}

export function totalsOf(report: LoadReport): LoadTotals {
  const { sent, ok, failed, failures, latencyMs, longestSilenceMs, lagMs, lagging, connections } = report
  return {
    sent,
    ok,
    failed,
    failures,
    latencyMs,
    longestSilenceMs,
    lagMs,
    lagging,
    onNewConnections: connections.requestsOnNew,
    onReusedConnections: connections.requestsOnReused,
  }
}
