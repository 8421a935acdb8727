import type { Clock } from "../../src/kit/clock.ts"

/**
 * What stands between one supervisor and everything else. Open, all that concerns it comes through; frozen (SIGSTOP), it waits in
 * order; closed (SIGKILL), nothing ever comes again, and what the supervisor still begins goes nowhere.
 */
export class Gate {
  #state: "open" | "frozen" | "closed" = "open"
  #waiting: Array<() => void> = []

  get closed(): boolean {
    return this.#state === "closed"
  }

  get frozen(): boolean {
    return this.#state === "frozen"
  }

  pass(callback: () => void): void {
    if (this.#state === "open") callback()
    else if (this.#state === "frozen") this.#waiting.push(callback)
  }

  freeze(): void {
    if (this.#state === "open") this.#state = "frozen"
  }

  thaw(): void {
    if (this.#state !== "frozen") return
    this.#state = "open"
    const waiting = this.#waiting
    this.#waiting = []
    for (const callback of waiting) callback()
  }

  close(): void {
    this.#state = "closed"
    this.#waiting = []
  }
}

/** The clock as one supervisor sees it: timers that are due while it is frozen go off when it thaws. */
export function gatedClock(clock: Clock, gate: Gate): Clock {
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    after(delayMs, callback) {
      let cancelled = false
      const cancel = clock.after(delayMs, () => gate.pass(() => cancelled || callback()))
      return () => {
        cancelled = true
        cancel()
      }
    },
  }
}

/** Carries one thing after the other, each a while later. */
export class Pipe {
  readonly #clock: Clock
  readonly #latencyMs: () => number
  #lastMs = 0

  constructor(clock: Clock, latencyMs: () => number) {
    this.#clock = clock
    this.#latencyMs = latencyMs
  }

  carry(callback: () => void): void {
    const nowMs = this.#clock.nowMs()
    this.#lastMs = Math.max(this.#lastMs, nowMs + this.#latencyMs())
    this.#clock.after(this.#lastMs - nowMs, callback)
  }
}
