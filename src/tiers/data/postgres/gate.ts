import type { Clock } from "../../../kit/clock.ts"
import { dataError } from "../data-errors.ts"

export type GateLimits = { readonly maxWaiting: number; readonly maxWaitMs: number }

type Waiter<T> = {
  readonly admit: (value: T) => void
  readonly refuse: (error: unknown) => void
  readonly disarm: () => void
}

/**
 * A bounded queue of work that waits for a `T`: first come, first served, nobody longer than `maxWaitMs`. While the
 * primary is away all new work stands here and nothing fails until a limit is reached.
 */
export class Gate<T> {
  readonly #limits: GateLimits
  readonly #clock: Clock
  readonly #waiters = new Set<Waiter<T>>()
  /** Why work waits at this moment, for the error of those that waited too long. */
  reason = "every connection is in use"

  constructor(limits: GateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  get waiting(): number {
    return this.#waiters.size
  }

  /** Rejects with BN2201 at once when too many wait, with BN2202 after `maxWaitMs`. */
  enter(): Promise<T> {
    const { maxWaiting, maxWaitMs } = this.#limits
    if (this.#waiters.size >= maxWaiting) {
      return Promise.reject(dataError("BN2201", { waiting: this.#waiters.size, status: 503 }))
    }
    return new Promise<T>((admit, refuse) => {
      const disarm = this.#clock.after(maxWaitMs, () => {
        this.#waiters.delete(waiter)
        refuse(dataError("BN2202", { waitedMs: maxWaitMs, reason: this.reason, status: 503 }))
      })
      const waiter = { admit, refuse, disarm }
      this.#waiters.add(waiter)
    })
  }

  /** Gives it to whoever waits longest; false when nobody does. */
  admit(value: T): boolean {
    const waiter = this.#take()
    waiter?.admit(value)
    return waiter !== undefined
  }

  /** Sends everybody away. */
  refuseAll(error: unknown): void {
    for (let waiter = this.#take(); waiter !== undefined; waiter = this.#take()) waiter.refuse(error)
  }

  #take(): Waiter<T> | undefined {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter)
      waiter.disarm()
      return waiter
    }
    return undefined
  }
}
