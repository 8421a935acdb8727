/**
 * Retries may be a share of the requests, never a multiple: a token bucket that each request fills by `ratio` and
 * time fills by a floor, so that a quiet service may retry too. A burst is allowed, because one dead backend takes
 * every request with it that was under way there.
 */
export class RetryBudget {
  readonly #ratio: number
  #tokens = burst
  #filledAtMs: number

  constructor(ratio: number, nowMs: number) {
    this.#ratio = ratio
    this.#filledAtMs = nowMs
  }

  /** A request came. */
  deposit(): void {
    this.#tokens = Math.min(burst, this.#tokens + this.#ratio)
  }

  /** Takes one token for one retry; false when there is none. */
  spend(nowMs: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * floorPerSecond)
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

const floorPerSecond = 5
const burst = 200
