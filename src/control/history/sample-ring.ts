import type { Sample, TierSample } from "../../wire/admin.ts"

type Lasting<Of> = { readonly of: Of; readonly ms: number }
type Ring = { readonly everyMs: number; readonly keepMs: number; samples: Sample[] }

/**
 * The last quarter of an hour second by second and the last six hours in steps of ten seconds: some megabytes, however
 * long a supervisor lives. Of the seconds that become one step, rates are averaged and quantiles keep their worst.
 */
export class SampleRing {
  readonly #fine: Ring = { everyMs: 1_000, keepMs: 15 * 60_000, samples: [] }
  readonly #coarse: Ring = { everyMs: 10_000, keepMs: 6 * 3_600_000, samples: [] }
  #pending: Lasting<Sample>[] = []

  add(sample: Sample): void {
    const before = this.#fine.samples.at(-1)
    const ms = before === undefined ? this.#fine.everyMs : Math.max(1, sample.at - before.at)
    keep(this.#fine, sample)
    const { everyMs } = this.#coarse
    const [first] = this.#pending
    if (first !== undefined && Math.floor(first.of.at / everyMs) !== Math.floor(sample.at / everyMs)) {
      keep(this.#coarse, together(this.#pending))
      this.#pending = []
    }
    this.#pending.push({ of: sample, ms })
  }

  /** Oldest first. */
  read(): Sample[] {
    const from = this.#fine.samples[0]?.at ?? Number.POSITIVE_INFINITY
    return [...this.#coarse.samples.filter(({ at }) => at < from), ...this.#fine.samples]
  }
}

function keep(ring: Ring, sample: Sample): void {
  ring.samples.push(sample)
  const most = ring.keepMs / ring.everyMs
  // Cut in larger pieces: an array that loses its first element each second is copied each second.
  if (ring.samples.length > most * 1.1) ring.samples = ring.samples.slice(-most)
}

/** Several samples as one, at the time of the last; each counts for as long as it lasted. */
function together(samples: readonly Lasting<Sample>[]): Sample {
  const last = samples.at(-1)!.of
  const mean = (pick: (sample: Sample) => number) => meanOf(samples, pick)
  const worst = (pick: (sample: Sample) => number) => Math.max(...samples.map(({ of }) => pick(of)))
  return {
    at: last.at,
    requestsPerSecond: mean(each => each.requestsPerSecond),
    failedPerSecond: mean(each => each.failedPerSecond),
    latencyMs: {
      p50: worst(each => each.latencyMs.p50),
      p95: worst(each => each.latencyMs.p95),
      p99: worst(each => each.latencyMs.p99),
    },
    tiers: Object.fromEntries(
      Object.entries(last.tiers).map(([tier, view]) => [tier, tierTogether(view, samples, tier)]),
    ),
  }
}

function tierTogether(last: TierSample, samples: readonly Lasting<Sample>[], tier: string): TierSample {
  const all = samples.flatMap(({ of, ms }) => (of.tiers[tier] ? { of: of.tiers[tier], ms } : []))
  const mean = (pick: (view: TierSample) => number) => meanOf(all, pick)
  return {
    ...last,
    requestsPerSecond: mean(each => each.requestsPerSecond),
    outstanding: Math.round(mean(each => each.outstanding)),
    ...(last.cpu === undefined
      ? {}
      : {
          cpu: {
            busiest: mean(each => each.cpu?.busiest ?? 0),
            all: mean(each => each.cpu?.all ?? 0),
          },
        }),
  }
}

function meanOf<Of>(all: readonly Lasting<Of>[], pick: (of: Of) => number): number {
  const sum = (value: (each: Lasting<Of>) => number) => all.reduce((total, each) => total + value(each), 0)
  return sum(({ of, ms }) => pick(of) * ms) / sum(({ ms }) => ms)
}
