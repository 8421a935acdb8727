import { sumCounts } from "../../kit/sum-counts.ts"
import type { DrillContext, DrillReport, Episode } from "../../lab/drills/drill.ts"
import type { Quantiles } from "../../lab/load/load.ts"
import { formatDuration } from "../durations.ts"
import { onData } from "../output.ts"

type Moment = Parameters<NonNullable<DrillContext["live"]>>[0]

const colours = { passed: "green", failed: "red", incomplete: "yellow", invalid: "yellow" } as const

/** A drill's report, a line each. */
export function reportLines(report: DrillReport): string[] {
  const { verdict, claim, n, requests, failed, seed, tookMs, skipped, busy } = report
  return [
    ...report.episodes.map(episodeLine),
    ...report.verdicts.map(verdictLine),
    ...report.violations.map(violation => onData("red", `  ${violation}`)),
    ...skipped.map(skippedLine),
    `${onData(colours[verdict], verdict)}: ${claim}`,
    ...transitionLines(report),
    ...Object.entries(report.measuredMs ?? {}).map(measureLine),
    `n = ${n}, ${requests} requests, ${failed} failed, seed ${seed}, ${formatDuration(tookMs)}`,
    ...(busy.length > 0 ? [`busy machine: ${busy.join("; ")}; failures count, latencies say little`] : []),
  ]
}

/** What the load sees at this moment, and what was last broken. */
export function liveWords(drill: string, { tick, fault }: Moment): string {
  const latency =
    tick.p99Ms === null ? "no answer" : `p50 ${tick.p50Ms!.toFixed(0)} p99 ${tick.p99Ms.toFixed(0)} ms`
  const broken =
    fault === undefined ? "" : `  ${fault.what} ${fault.whom} ${formatDuration(tick.atMs - fault.atMs)} ago`
  return `${drill}  ${(tick.atMs / 1000).toFixed(0)} s  ${tick.sent} sent  ${latency}  ${tick.failed} failed${broken}`
}

/** Where an episode is many changes: what changed how often, and what the clients saw of it, summed. */
function transitionLines({ episodes }: DrillReport): string[] {
  const changed = sumCounts(episodes.map(({ transitions }) => transitions ?? {}))
  if (Object.keys(changed).length === 0) return []
  const loads = episodes.map(({ load }) => load)
  const [onNew, onReused] = [
    sum(loads, load => load.onNewConnections),
    sum(loads, load => load.onReusedConnections),
  ]
  const [resetNew, resetReused] = [
    sum(loads, load => load.failures.resetNew),
    sum(loads, load => load.failures.resetReused),
  ]
  const ends = sumCounts(
    episodes.flatMap(({ streams }) => streams.map(({ kind, end }) => ({ [`${kind} ${end}`]: 1 }))),
  )
  return [
    `transitions: ${countWords(changed)}`,
    `requests: ${onNew} on new connections, ${resetNew} reset; ${onReused} on kept-alive ones, ${resetReused} reset`,
    ...(Object.keys(ends).length === 0 ? [] : [`streams ended: ${countWords(ends)}`]),
  ]
}

function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0)
}

function countWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([words, count]) => `${count} ${words}`)
    .join(", ")
}

function measureLine([what, { count, p50, p99, max }]: [string, Quantiles]): string {
  const words = Object.entries({ p50, p99, max }).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
  return `${what}: ${words.join(", ")} (n = ${count})`
}

function skippedLine({ name, subject, why, remedy }: DrillReport["skipped"][number]): string {
  return `${onData("yellow", "skip")}  ${name} ${subject}: ${why}; ${remedy}`
}

function verdictLine({ checker, ok, checked, violated, unknown }: DrillReport["verdicts"][number]): string {
  const mark = ok ? onData("green", "ok  ") : onData("red", "FAIL")
  const found = violated > 0 ? `${violated} violations` : unknown.length > 0 ? "undecided" : "nothing found"
  return `${mark}  checker ${checker}: ${checked} checked, ${found}`
}

function episodeLine({ name, tookMs, load, streams, violations }: Episode): string {
  const mark = violations.length === 0 ? onData("green", "ok  ") : onData("red", "FAIL")
  const ends = streams.length === 0 ? "" : `, ${streams.length} streams`
  return `${mark}  ${name}: ${load.sent} requests, ${load.failed} failed, p99 ${load.latencyMs.p99.toFixed(0)} ms${ends}, ${formatDuration(tookMs)}`
}
