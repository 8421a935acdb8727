import { hkdfSync, randomBytes } from "node:crypto"

/** Where a chain stands: enough for its holder to go on, nothing of what was before. */
export type TicketSeed = {
  /** Twelve-hour periods since 1970. */
  readonly period: number
  /** 32 bytes in base64url. */
  readonly secret: string
}

/** How long session tickets are made with one key, and how long one may be used. */
export const ticketLifeS = 12 * 3600

/** A clock that was set far ahead is followed at once: nobody else's chain can be met there. */
const mostSteps = 10_000

/**
 * The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1), the same in every process that has the same seed.
 * With each period the secret becomes its own hash and the old one is forgotten: who steals it cannot read what was
 * recorded before. It is in memory only. docs/decisions/0015-tls.md.
 */
export class TicketChain {
  #seed: TicketSeed

  constructor(seed: TicketSeed) {
    this.#seed = seed
  }

  static begin(nowMs: number): TicketChain {
    return new TicketChain({ period: periodAt(nowMs), secret: randomBytes(32).toString("base64url") })
  }

  get seed(): TicketSeed {
    return this.#seed
  }

  /** 48 bytes, as `ticketKeys` of node:tls wants them. */
  get keys(): Buffer {
    return derived(this.#seed.secret, "keys", 48)
  }

  /** Whether there are new keys from now on. A clock that was set back changes nothing. */
  advance(nowMs: number): boolean {
    const period = periodAt(nowMs)
    const steps = period - this.#seed.period
    if (steps <= 0) return false
    let { secret } = this.#seed
    for (let left = Math.min(steps, mostSteps); left > 0; left--)
      secret = derived(secret, "chain", 32).toString("base64url")
    this.#seed = { period, secret }
    return true
  }
}

function periodAt(nowMs: number): number {
  return Math.floor(nowMs / (ticketLifeS * 1000))
}

function derived(secret: string, use: string, bytes: number): Buffer {
  return Buffer.from(
    hkdfSync("sha256", Buffer.from(secret, "base64url"), "", `banyan tls tickets ${use}`, bytes),
  )
}
