import type { DrillContext, DrillReport, Episode } from "../../lab/drills/drill.ts"
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
