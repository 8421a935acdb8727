import { initialLimit, type LimitBounds, nextLimit } from "./concurrency-limit.ts"

const leastSamples = 10
/** The last ones of a window: a median needs no more. */
const mostSamples = 128
/** Who works under overload answers all the time; who has answered nothing for that long, and for so many bases, stands. */
const stallMs = 500
const stallBases = 8
/** What came while a backend stood may take so many times as long to work off, beside what comes meanwhile. */
const catchUpFactor = 2

/** Requests that wait for one backend's answers: how many, how many may, and how long it took. */
export class BackendLoad {
  #bounds: LimitBounds
  readonly #samples = new Float64Array(mostSamples)
  #count = 0
  #peak = 0
  #state
  /** What was sent before says how it was under another limit. */
  #countsFromMs = 0
  /** Since then it owes answers and has given none. */
  #quietSinceMs = 0
  #stalled = false
  /** It works off what came while it stood; given up when it takes much longer than it stood. 0: it does not. */
  #catchesUpUntilMs = 0
  waiting = 0

  constructor(bounds: LimitBounds) {
    this.#bounds = bounds
    this.#state = initialLimit(bounds)
  }

  /** Others take a part, or leave theirs: what was found out is divided alike. */
  rebound(bounds: LimitBounds): void {
    const limit = (this.#state.limit * bounds.most) / this.#bounds.most
    this.#bounds = bounds
    this.#state = { ...this.#state, limit: Math.min(bounds.most, Math.max(1, limit)) }
  }

  get limit(): number {
    return this.#state.limit
  }

  /**
   * A backend that stands (its database is away, it is frozen) is not overloaded: what it is given costs nothing while it
   * stands, and is answered when it goes on. Nor is it while it catches up: that queue is the pause's, and passes.
   */
  get hasRoom(): boolean {
    const excused = this.#stalled || this.#catchesUpUntilMs > 0
    return this.waiting < (excused ? this.#bounds.most : this.#state.limit)
  }

  begin(): void {
    if (++this.waiting > this.#peak) this.#peak = this.waiting
  }

  answered(sinceMs: number, nowMs: number): void {
    this.waiting--
    if (this.#stalled) {
      this.#stalled = false
      this.#countsFromMs = nowMs
      const byMs = nowMs + catchUpFactor * (nowMs - this.#quietSinceMs)
      this.#catchesUpUntilMs = Math.max(this.#catchesUpUntilMs, byMs)
    }
    this.#quietSinceMs = nowMs
    if (sinceMs < this.#countsFromMs) return
    this.#samples[this.#count++ % mostSamples] = nowMs - sinceMs
  }

  /** It ended without an answer: that says nothing of how long one takes. */
  gaveUp(): void {
    this.waiting--
  }

  /** Ends the window, if enough was seen in it. */
  sweep(nowMs: number): void {
    if (this.waiting === 0) this.#quietSinceMs = nowMs
    const quietMs = nowMs - this.#quietSinceMs
    this.#stalled = quietMs >= Math.max(stallMs, stallBases * (this.#state.baseMs ?? 0))
    if (this.#catchesUpUntilMs > 0) {
      this.#countsFromMs = nowMs
      if (this.waiting < this.#state.limit || nowMs >= this.#catchesUpUntilMs) this.#catchesUpUntilMs = 0
    }
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
