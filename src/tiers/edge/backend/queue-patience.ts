/** Where a queue stands, who waits longer than this would wait in vain. */
const targetMs = 100

/**
 * Controlled delay (CoDel, as Facebook uses it for requests): a queue that comes and goes takes up bursts, and who is in
 * it may wait for long; one that has not been empty for that long is no burst, and waiting in it helps nobody.
 */
export class QueuePatience {
  readonly #longMs: number
  #standingSinceMs: number | undefined

  constructor(longMs: number) {
    this.#longMs = longMs
  }

  /** Nobody waits, or there is nobody to wait for. */
  emptied(): void {
    this.#standingSinceMs = undefined
  }

  /** Whether one who waits since `joinedMs` has waited enough. Who came before the queue stood counts from then. */
  isSpent(joinedMs: number, nowMs: number): boolean {
    this.#standingSinceMs ??= nowMs
    const standsForLong = nowMs - this.#standingSinceMs >= this.#longMs
    const allowedMs = standsForLong ? Math.min(targetMs, this.#longMs) : this.#longMs
    return nowMs - Math.max(joinedMs, this.#standingSinceMs) > allowedMs
  }
}
