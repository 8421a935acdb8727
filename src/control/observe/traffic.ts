import { DDSketch } from "@datadog/sketches-js"
import type { StateView } from "../../wire/admin.ts"
import type { Report } from "../../wire/report.ts"

type Sample = { readonly atMs: number; readonly requests: number; readonly errors: number }
const windowMs = 10_000

/** Rates over roughly the last ten seconds, from counters that start anew with every process. */
export class TrafficMeter {
  readonly #samples = new Map<string, Sample[]>()

  sample(report: Report, nowMs: number): void {
    if (report.front === undefined) return
    const { requests, answers, aborted } = report.front
    const sample = { atMs: nowMs, requests, errors: (answers["5xx"] ?? 0) + aborted }
    const kept = (this.#samples.get(report.id) ?? []).filter(each => nowMs - each.atMs <= windowMs)
    const restarted = (kept.at(-1)?.requests ?? 0) > requests
    this.#samples.set(report.id, restarted ? [sample] : [...kept, sample])
  }

  read(reports: readonly Report[], nowMs: number): StateView["traffic"] {
    let requestsPerSecond = 0
    let errorsPerSecond = 0
    for (const [id, samples] of this.#samples) {
      const [first, last] = [samples[0], samples.at(-1)]
      if (first === undefined || last === undefined || nowMs - last.atMs > windowMs) {
        this.#samples.delete(id)
        continue
      }
      const seconds = Math.max(1, (nowMs - first.atMs) / 1000)
      requestsPerSecond += (last.requests - first.requests) / seconds
      errorsPerSecond += (last.errors - first.errors) / seconds
    }
    const round = (value: number) => Math.round(value * 10) / 10
    return {
      requestsPerSecond: round(requestsPerSecond),
      errorsPerSecond: round(errorsPerSecond),
      latencyMs: latencyOf(reports),
    }
  }
}

type Quantiles = StateView["traffic"]["latencyMs"]

/** As if one front door had seen everything. Of one that tells no latencies (an older version) the slowest counts. */
function latencyOf(reports: readonly Report[]): Quantiles {
  const fronts = reports.flatMap(({ front }) => front ?? [])
  const open = fronts.filter(({ state }) => state === "open")
  if (fronts.some(({ latencies }) => latencies === undefined)) {
    const worst = (pick: (latency: Quantiles) => number) =>
      Math.max(0, ...open.map(each => pick(each.latencyMs)))
    const p99 = worst(each => each.p99)
    return { p50: worst(each => each.p50), p95: p99, p99 }
  }
  const all = new DDSketch({ relativeAccuracy: 0.02 })
  for (const [ms, count] of fronts.flatMap(({ latencies = [] }) => latencies))
    if (count > 0) all.accept(ms, count)
  const at = (quantile: number) => (all.count === 0 ? 0 : all.getValueAtQuantile(quantile))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
