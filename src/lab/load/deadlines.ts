/** What is under way and may be too late. */
export interface Expiring {
  expire(): void
}

/**
 * Ends what takes too long. Deadlines are given in their order, so the first begun is the first to be late, and one
 * timer serves them all: thousands a second are begun and ended without one each.
 */
export class Deadlines {
  /** In milliseconds, on the clock of performance.now(); in the order they were given. */
  readonly #deadlines = new Map<Expiring, number>()
  #timer: NodeJS.Timeout | undefined

  add(task: Expiring, deadlineMs: number): void {
    this.#deadlines.set(task, deadlineMs)
    if (this.#timer === undefined) this.#wait(deadlineMs - performance.now())
  }

  delete(task: Expiring): void {
    this.#deadlines.delete(task)
  }

  clear(): void {
    this.#deadlines.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Timers count whole milliseconds: rounded up, so that nothing expires early. */
  #wait(forMs: number): void {
    this.#timer = setTimeout(() => this.#expireLate(), Math.max(1, Math.ceil(forMs)))
  }

  #expireLate(): void {
    this.#timer = undefined
    const nowMs = performance.now()
    for (const [task, deadlineMs] of this.#deadlines) {
      if (deadlineMs > nowMs) {
        this.#wait(deadlineMs - nowMs)
        return
      }
      this.#deadlines.delete(task)
      task.expire()
    }
  }
}
