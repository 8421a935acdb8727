import type { Sample } from "banyan/admin"
import { cores, count, duration, megabytes, rate } from "../words/numbers.ts"

export type Line = {
  readonly name: string
  readonly color: string
  readonly values: readonly (number | null)[]
}
export type Chart = {
  readonly title: string
  readonly unit: (value: number) => string
  /** The axis goes at least so far: noise about zero stays small. */
  readonly leastTop: number
  readonly lines: readonly Line[]
}
export type Charts = { readonly times: readonly number[]; readonly charts: readonly Chart[] }

/**
 * A tier keeps its colour on every chart; who grew has them all on one. Names of the page's colours (look/tokens.css),
 * without the red of what failed.
 */
const tierColors: Readonly<Record<string, string>> = {
  "edge+web": "--violet-bright",
  edge: "--blue-bright",
  web: "--green-bright",
  data: "--amber-bright",
}

/** The golden signals of these samples: one list of times, and of each line a value for each. */
export function chartsOf(samples: readonly Sample[]): Charts {
  const tiers = [...new Set(samples.flatMap(each => Object.keys(each.tiers)))]
  const line = (name: string, color: string, pick: (sample: Sample) => number | undefined): Line => ({
    name,
    color,
    values: samples.map(sample => pick(sample) ?? null),
  })
  const perTier = (
    pick: (tier: Sample["tiers"][string]) => number | undefined,
    but: readonly string[] = [],
  ) =>
    tiers
      .filter(tier => !but.includes(tier))
      .map(tier => line(tier, tierColors[tier] ?? "--soft", ({ tiers: all }) => all[tier] && pick(all[tier])))
  const perSecond = (value: number) => `${rate(value)}/s`
  return {
    times: samples.map(({ at }) => at / 1000),
    charts: [
      {
        title: "Requests",
        unit: perSecond,
        leastTop: 1,
        lines: [line("requests", "--green-bright", each => each.requestsPerSecond)],
      },
      {
        title: "Failed",
        unit: perSecond,
        leastTop: 1,
        lines: [line("failed", "--red-bright", each => each.failedPerSecond)],
      },
      {
        title: "Latency",
        unit: duration,
        leastTop: 10,
        lines: [
          line("p50", "--green-bright", each => each.latencyMs.p50),
          line("p95", "--blue-bright", each => each.latencyMs.p95),
          line("p99", "--amber-bright", each => each.latencyMs.p99),
        ],
      },
      {
        title: "Under way",
        unit: count,
        leastTop: 4,
        lines: perTier(each => each.outstanding, ["data"]),
      },
      {
        title: "Saturation: the busiest process, of one core",
        unit: cores,
        leastTop: 0.1,
        lines: perTier(each => each.cpu?.busiest),
      },
      { title: "CPU, all processes", unit: cores, leastTop: 0.1, lines: perTier(each => each.cpu?.all) },
      { title: "Memory", unit: megabytes, leastTop: 10, lines: perTier(each => each.memoryMb) },
      { title: "Instances", unit: count, leastTop: 4, lines: perTier(each => each.instances) },
    ],
  }
}
