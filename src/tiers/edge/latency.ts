import { DDSketch } from "@datadog/sketches-js"

const windowMs = 5_000

/** Quantiles over the last five to ten seconds: two sketches, the older one is dropped every five. */
export class Latency {
  #current = new DDSketch({ relativeAccuracy: 0.02 })
  #previous = new DDSketch({ relativeAccuracy: 0.02 })
  #turnedAtMs: number

  constructor(nowMs: number) {
    this.#turnedAtMs = nowMs
  }

  record(latencyMs: number, nowMs: number): void {
    this.#turn(nowMs)
    this.#current.accept(latencyMs)
  }

  /** In milliseconds; 0 when nothing was recorded lately. */
  quantiles(nowMs: number): { p50: number; p99: number } {
    const both = this.#both(nowMs)
    if (both.count === 0) return { p50: 0, p99: 0 }
    return { p50: both.getValueAtQuantile(0.5), p99: both.getValueAtQuantile(0.99) }
  }

  /** Each bin's middle in milliseconds, and how many there are. */
  bins(nowMs: number): Array<[ms: number, count: number]> {
    const { store, mapping, zeroCount } = this.#both(nowMs)
    const bins = store.bins.flatMap(
      (count, at): Array<[number, number]> =>
        count === 0 ? [] : [[rounded(mapping.value(at + store.offset)), count]],
    )
    return zeroCount === 0 ? bins : [[0, zeroCount], ...bins]
  }

  #both(nowMs: number): DDSketch {
    this.#turn(nowMs)
    const both = new DDSketch({ relativeAccuracy: 0.02 })
    both.merge(this.#current)
    both.merge(this.#previous)
    return both
  }

  #turn(nowMs: number): void {
    const sinceMs = nowMs - this.#turnedAtMs
    if (sinceMs < windowMs) return
    const empty = () => new DDSketch({ relativeAccuracy: 0.02 })
    this.#previous = sinceMs < 2 * windowMs ? this.#current : empty()
    this.#current = empty()
    this.#turnedAtMs = nowMs
  }
}

/** To the nanosecond: still inside its bin. */
function rounded(ms: number): number {
  return Math.round(ms * 1e6) / 1e6
}
