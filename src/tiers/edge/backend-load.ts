import { initialLimit, type LimitBounds, nextLimit } from "./concurrency-limit.ts"

const leastSamples = 10
/** The last ones of a window: a median needs no more. */
const mostSamples = 128

/** Requests that wait for one backend's answers: how many, how many may, and how long it took. */
export class BackendLoad {
  readonly #bounds: LimitBounds
  readonly #samples = new Float64Array(mostSamples)
  #count = 0
  #peak = 0
  #state
  /** What was sent before says how it was under another limit. */
  #countsFromMs = 0
  waiting = 0

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#state = initialLimit(bounds)
  }

  get limit(): number {
    return this.#state.limit
  }

  get hasRoom(): boolean {
    return this.waiting < this.#state.limit
  }

  begin(): void {
    if (++this.waiting > this.#peak) this.#peak = this.waiting
  }

  answered(sinceMs: number, nowMs: number): void {
    this.waiting--
    if (sinceMs < this.#countsFromMs) return
    this.#samples[this.#count++ % mostSamples] = nowMs - sinceMs
  }

  /** It ended without an answer: that says nothing of how long one takes. */
  gaveUp(): void {
    this.waiting--
  }

  /** Ends the window, if enough was seen in it. */
  sweep(nowMs: number): void {
    if (this.#count < leastSamples) return
    const seen = this.#samples.subarray(0, Math.min(this.#count, mostSamples)).sort()
    const before = this.#state
    const window = { medianMs: seen[seen.length >> 1]!, peak: this.#peak }
    this.#state = nextLimit(before, window, this.#bounds)
    if (this.#state.limit < before.limit || before.probing) this.#countsFromMs = nowMs
    this.#count = 0
    this.#peak = this.waiting
  }
}
