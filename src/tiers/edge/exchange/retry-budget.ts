/**
 * Retries may be a share of the requests, never a multiple: a token bucket that each request fills by `ratio`. It is
 * full at the beginning, because one dead backend takes every request with it that was under way there; that is an
 * advance, which requests pay back before they fill it. So of all requests ever, at most `ratio` were sent once more,
 * or `burst`, or what a quiet service may: the floor, which counts only where requests bring less. These two are the
 * service's: several front doors have a part of them each.
 */
export class RetryBudget {
  readonly #ratio: number
  #fronts = 1
  #tokens = burst
  #owed = burst
  #earned = 0
  #floorAtMs: number

  constructor(ratio: number, nowMs: number) {
    this.#ratio = ratio
    this.#floorAtMs = nowMs
  }

  /** So many front doors share what does not come of requests. */
  divide(fronts: number): void {
    this.#fronts = fronts
    const given = Math.max(0, this.#tokens - this.#most)
    this.#tokens -= given
    this.#owed = Math.max(0, this.#owed - given)
  }

  /** A request came. */
  deposit(): void {
    this.#earned += this.#ratio
    if (this.#owed > 0) this.#owed -= this.#ratio
    else this.#tokens = Math.min(this.#most, this.#tokens + this.#ratio)
  }

  /** Takes one token for one retry; false when there is none. */
  spend(nowMs: number): boolean {
    this.#fillToFloor(nowMs)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  get #most(): number {
    return burst / this.#fronts
  }

  #fillToFloor(nowMs: number): void {
    const sinceMs = nowMs - this.#floorAtMs
    if (sinceMs < floorEveryMs) return
    const least = (sinceMs / 1000) * (floorPerSecond / this.#fronts)
    this.#tokens = Math.min(this.#most, this.#tokens + Math.max(0, least - this.#earned))
    this.#earned = 0
    this.#floorAtMs = nowMs
  }
}

const floorPerSecond = 5
const floorEveryMs = 1_000
const burst = 200
