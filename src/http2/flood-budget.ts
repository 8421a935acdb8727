type Rate = { readonly burst: number; readonly perSecond: number }

/** Requests given up before their answer: a browser that leaves a page gives up a hundred at once (CVE-2023-44487). */
export const resetRate: Rate = { burst: 400, perSecond: 40 }

/** PING, SETTINGS, PRIORITY, empty DATA, and what comes for streams that are over (CVE-2019-9512, 9513, 9515, 9518). */
export const idleFrameRate: Rate = { burst: 1_000, perSecond: 200 }

/**
 * What a peer may ask of us for nothing: so much at once, and so much more in each second (a token bucket). Pure: time
 * comes in by `refill`.
 */
export class FloodBudget {
  readonly #rate: Rate
  #left: number
  #refilledMs: number | undefined

  constructor(rate: Rate) {
    this.#rate = rate
    this.#left = rate.burst
  }

  /** False: it is spent. */
  spend(): boolean {
    this.#left--
    return this.#left >= 0
  }

  refill(nowMs: number): void {
    const passedMs = nowMs - (this.#refilledMs ?? nowMs)
    this.#refilledMs = nowMs
    const { burst, perSecond } = this.#rate
    this.#left = Math.min(burst, Math.max(this.#left, 0) + (passedMs * perSecond) / 1000)
  }
}
