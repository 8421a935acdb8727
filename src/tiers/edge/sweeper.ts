import type { Clock } from "../../kit/clock.ts"

/** How late a time-out may fire. */
const intervalMs = 100

/** One coarse timer instead of one per connection: a deadline is then only a number, and costs nothing to move. */
export class Sweeper {
  #cancel: () => void

  constructor(clock: Clock, sweep: (nowMs: number) => void) {
    const next = (): (() => void) =>
      clock.after(intervalMs, () => {
        this.#cancel = next()
        sweep(clock.monotonicMs())
      })
    this.#cancel = next()
  }

  stop(): void {
    this.#cancel()
  }
}
