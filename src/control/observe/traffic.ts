import { DDSketch } from "@datadog/sketches-js"
import { sumCounts } from "../../kit/sum-counts.ts"
import type { StateView } from "../../wire/admin.ts"
import type { Report } from "../../wire/report.ts"
import { reportedWithinMs } from "./counter-curve.ts"
import type { CounterLedger } from "./counter-ledger.ts"
import { since } from "./counters.ts"

const windowMs = 10_000

/** Rates over the last ten seconds that everybody has told of, or of as many as this control plane has looked. */
export function ratesOf(
  ledger: Pick<CounterLedger, "countedUntil">,
  lookedSinceMs: number,
  nowMs: number,
): Pick<StateView["traffic"], "requestsPerSecond" | "errorsPerSecond"> {
  const untilMs = Math.max(lookedSinceMs, nowMs - reportedWithinMs)
  const sinceMs = Math.max(lookedSinceMs, untilMs - windowMs)
  const seconds = Math.max(1, (untilMs - sinceMs) / 1000)
  const counted = (momentMs: number) => sumCounts([...ledger.countedUntil(momentMs).values()])
  const more = since(counted(sinceMs), counted(untilMs))
  const rate = (name: string) => (more[name] ?? 0) / seconds
  const round = (value: number) => Math.round(value * 10) / 10
  return {
    requestsPerSecond: round(rate("front/requests")),
    errorsPerSecond: round(rate("front/answers/5xx") + rate("front/aborted")),
  }
}

type Quantiles = StateView["traffic"]["latencyMs"]

/** As if one front door had seen everything. Of one that tells no latencies (an older version) the slowest counts. */
export function latencyOf(reports: readonly Report[]): Quantiles {
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
