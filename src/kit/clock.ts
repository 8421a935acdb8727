/** Time as an argument: decisions take a clock so that tests and simulations can move it. */
export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  nowMs(): number
  /** Monotonic milliseconds; differences only. */
  monotonicMs(): number
  /** Calls back after `delayMs`, never before; the returned function cancels. Never keeps a process alive on its own. */
  after(delayMs: number, callback: () => void): () => void
}

/** A clock moved by hand; timers fire in order of their due time. */
export class ManualClock implements Clock {
  #nowMs: number
  #timers: Array<{ dueMs: number; callback: () => void }> = []

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** The due time of the next timer, or undefined when none is armed. */
  nextDueMs(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(timer => timer.dueMs))
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const due = this.#timers.filter(timer => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter(timer => timer !== due)
      this.#nowMs = Math.max(this.#nowMs, due.dueMs)
      due.callback()
    }
    this.#nowMs = untilMs
  }
}
