/**
 * Over so long, at least, the rate is an average: a phone loses its network for a while. At most half of it is a silence that
 * the rules allow, so whoever paused has as long again to make up for it.
 */
const leastWindowMs = 20_000
const windowMsOf = (rules: UploadRules) => Math.max(leastWindowMs, 2 * rules.bodyIdleTimeoutMs)

export type UploadRules = {
  /** Longest silence in the middle of the body. */
  readonly bodyIdleTimeoutMs: number
  /** Average of each window; 0: as slow as it likes. */
  readonly minUploadBytesPerSecond: number
  /** For the whole body. */
  readonly uploadTimeoutMs: number
}

/**
 * Whether a client keeps up with the body it announced. Bytes are counted by the window: who pauses for a while and
 * then goes on is no attacker, who sends a byte now and then to stay just within the time-out for silence is.
 */
export class UploadPace {
  readonly #rules: UploadRules
  readonly #windowMs: number
  readonly #endMs: number
  #windowEndMs: number
  #bytesBefore: number
  /** When it was seen last that there are more bytes, and how many there were. */
  #seenMs: number
  #bytesSeen: number

  constructor(rules: UploadRules, nowMs: number, bytes: number) {
    this.#rules = rules
    this.#windowMs = windowMsOf(rules)
    this.#endMs = nowMs + rules.uploadTimeoutMs
    this.#windowEndMs = nowMs + this.#windowMs
    this.#bytesBefore = bytes
    this.#seenMs = nowMs
    this.#bytesSeen = bytes
  }

  /** So many bytes have come so far. */
  seen(nowMs: number, bytes: number): void {
    if (bytes === this.#bytesSeen) return
    this.#seenMs = nowMs
    this.#bytesSeen = bytes
  }

  /** When it wants to be asked for its verdict. */
  get dueMs(): number {
    return Math.min(this.#endMs, this.#windowEndMs, this.#seenMs + this.#rules.bodyIdleTimeoutMs)
  }

  /** It was not the client that kept it waiting: counts anew from here. */
  forgive(nowMs: number, bytes: number): void {
    this.#seenMs = nowMs
    this.#beginWindow(nowMs, bytes)
  }

  /** `bytes`: all that have come so far. */
  verdict(nowMs: number, bytes: number): "in-time" | "silent" | "too-slow" | "too-long" {
    if (nowMs >= this.#endMs) return "too-long"
    if (bytes === this.#bytesSeen && nowMs >= this.#seenMs + this.#rules.bodyIdleTimeoutMs) return "silent"
    if (nowMs < this.#windowEndMs) return "in-time"
    const least = (this.#rules.minUploadBytesPerSecond * this.#windowMs) / 1000
    if (bytes - this.#bytesBefore < least) return "too-slow"
    this.#beginWindow(nowMs, bytes)
    return "in-time"
  }

  #beginWindow(nowMs: number, bytes: number): void {
    this.#windowEndMs = nowMs + this.#windowMs
    this.#bytesBefore = bytes
  }
}
