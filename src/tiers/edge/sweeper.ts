import type { Clock } from "../../kit/clock.ts"

/** How early or late a time-out may fire. */
const intervalMs = 100

/** One coarse timer instead of one per connection: a deadline is then only a number, and costs nothing to move. */
export class Sweeper {
  /** Monotonic time of the last turn: what deadlines are counted from. */
  nowMs: number
  #cancel: () => void

  constructor(clock: Clock, sweep: (nowMs: number) => void) {
    const next = (): (() => void) =>
      clock.after(intervalMs, () => {
        this.#cancel = next()
        this.nowMs = clock.monotonicMs()
        sweep(this.nowMs)
      })
    this.nowMs = clock.monotonicMs()
    this.#cancel = next()
  }

  stop(): void {
    this.#cancel()
  }
}
