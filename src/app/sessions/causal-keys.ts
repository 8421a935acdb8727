import { createHmac } from "node:crypto"

const dayMs = 24 * 3_600_000

/**
 * Keys by which tokens of causal sessions are signed, one for each day, made from a secret that every process of the
 * service was told: nobody has to hand out new ones, and what was signed longer ago than yesterday counts no more.
 */
export class CausalKeys {
  readonly #secret: string
  #day = Number.NaN
  #keys: readonly string[] = []

  constructor(secret: string) {
    this.#secret = secret
  }

  /** The first signs. Yesterday's is read as well, and tomorrow's: clocks differ. */
  at(nowMs: number): readonly [string, ...string[]] {
    const day = Math.floor(nowMs / dayMs)
    if (day !== this.#day) {
      this.#day = day
      this.#keys = [day, day - 1, day + 1].map(each =>
        createHmac("sha256", this.#secret).update(`banyan-causal-${each}`).digest("base64url"),
      )
    }
    return this.#keys as [string, ...string[]]
  }
}
