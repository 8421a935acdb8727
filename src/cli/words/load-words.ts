import { type LoadReport, type LoadTick, maxLagP99Ms } from "../../lab/load/load.ts"
import { onData, onTalk } from "../output.ts"

const maxSamples = 5

/** What happened since the last tick. */
export function tickLine({ atMs, ok, failed, latencyMs, outstanding }: LoadTick): string {
  const failures = failed === 0 ? "0 failed" : onTalk("red", `${failed} failed`)
  const seconds = String(Math.round(atMs / 1000)).padStart(4)
  return `${seconds} s  ${ok} ok  ${failures}  p50 ${latencyMs.p50.toFixed(1)} ms  p99 ${latencyMs.p99.toFixed(1)} ms  ${outstanding} outstanding`
}

/** A load's report, a line each; that its latencies are invalid comes last, where it is read. */
export function loadReportLines(report: LoadReport): string[] {
  const { sent, ok, failed, latencyMs, longestSilenceMs, failures, samples } = report
  return [
    `sent ${sent}   ok ${ok}   failed ${failed}`,
    `latency from the intended send time: p50 ${latencyMs.p50.toFixed(1)}   p99 ${latencyMs.p99.toFixed(1)}   p99.9 ${latencyMs.p999.toFixed(1)}   max ${latencyMs.max.toFixed(1)} ms`,
    `longest time without a good answer: ${longestSilenceMs.toFixed(0)} ms`,
    ...Object.entries(failures).flatMap(([kind, count]) => (count > 0 ? [`  ${kind}: ${count}`] : [])),
    ...samples.slice(0, maxSamples).map(sampleLine),
    ...(report.lagging ? [invalidLine(report)] : []),
  ]
}

function sampleLine({ atMs, method, target, failure, detail }: LoadReport["samples"][number]): string {
  return `  at ${(atMs / 1000).toFixed(2)} s ${method} ${target}: ${failure} ${detail}`
}

function invalidLine({ lagMs }: LoadReport): string {
  return `${onData("yellow", "invalid")}: the generator itself sent late (p99 ${lagMs.p99.toFixed(1)} ms, at most ${maxLagP99Ms} would do); failures count, latencies do not: ask for less, or of a machine less busy`
}
