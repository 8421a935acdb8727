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
    this.#turn(nowMs)
    const both = new DDSketch({ relativeAccuracy: 0.02 })
    both.merge(this.#current)
    both.merge(this.#previous)
    if (both.count === 0) return { p50: 0, p99: 0 }
    return { p50: both.getValueAtQuantile(0.5), p99: both.getValueAtQuantile(0.99) }
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
