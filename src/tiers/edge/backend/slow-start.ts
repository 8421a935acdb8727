/** At birth: enough to warm it, and to see that it works. */
const leastShare = 0.1

/** Down for less is a hiccup; no process starts so fast. */
const coldAfterMs = 250

/**
 * What share of its weight a backend has. A cold one (code not compiled, caches and connection pools empty) has fewer
 * requests under way than others, and would be sent more just because of that: so its share grows with time.
 */
export class SlowStart {
  readonly #slowStartMs: number
  /** Undefined while it is up. */
  #downSinceMs: number | undefined = Number.NEGATIVE_INFINITY
  #coldAtMs = 0
  share = leastShare

  constructor(slowStartMs: number) {
    this.#slowStartMs = slowStartMs
  }

  /** It passed a check. */
  up(nowMs: number): void {
    if (this.#downSinceMs === undefined) return
    if (nowMs - this.#downSinceMs >= coldAfterMs) this.#coldAtMs = nowMs
    this.#downSinceMs = undefined
    this.sweep(nowMs)
  }

  /** Nobody listens there any more. */
  down(nowMs: number): void {
    this.#downSinceMs ??= nowMs
  }

  sweep(nowMs: number): void {
    const sinceMs = nowMs - this.#coldAtMs
    this.share = sinceMs >= this.#slowStartMs ? 1 : Math.max(leastShare, sinceMs / this.#slowStartMs)
  }
}
