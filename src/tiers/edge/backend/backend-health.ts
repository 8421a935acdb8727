/**
 * What an edge believes of one backend. Two kinds of bad news are kept apart:
 *
 * - *hard*: nobody listens there, or it says itself that it is not ready. It is never chosen.
 * - *soft*: it listens but did not answer in time, or it dropped a request lately. It is not chosen either, unless
 *   that would take more than half of the pool away: when most are slow at once, the load is to blame and taking
 *   them out makes it worse (the panic threshold).
 */
export type BackendHealth = {
  /** `unproven`: not checked yet. `down`: hard. `silent`: a check had no answer in time. */
  readonly reach: "unproven" | "up" | "down" | "silent"
  /** Soft: it dropped requests; monotonic time until which it is avoided although its checks pass. */
  readonly avoidUntilMs: number
  /** Requests dropped in a row. */
  readonly drops: number
}

export type HealthEvent =
  | "check-passed"
  | "check-refused"
  | "check-timed-out"
  /** A request could not be sent: nobody listens. */
  | "connect-failed"
  /** A connection ended under a request. */
  | "dropped"
  | "answered"

export const newHealth: BackendHealth = { reach: "unproven", avoidUntilMs: 0, drops: 0 }

/** The first drop costs a backend this long, each further one in a row twice as long, up to the cap. */
const avoidBaseMs = 50
const avoidCapMs = 5_000

export function nextHealth(health: BackendHealth, event: HealthEvent, nowMs: number): BackendHealth {
  switch (event) {
    case "check-passed":
      return health.reach === "up" ? health : { ...health, reach: "up" }
    case "check-timed-out":
      // Silence says less than a refusal: what is known to be down, or never was up, stays so.
      return health.reach === "up" ? { ...health, reach: "silent" } : health
    case "check-refused":
    case "connect-failed":
      return health.reach === "down" ? health : { ...health, reach: "down" }
    case "dropped": {
      // A death drops all requests under way at once: that is one piece of news.
      if (health.reach === "down") return health
      const avoidMs = Math.min(avoidCapMs, avoidBaseMs * 2 ** Math.min(health.drops, 16))
      return { reach: "down", drops: health.drops + 1, avoidUntilMs: nowMs + avoidMs }
    }
    case "answered":
      return health.drops === 0 ? health : { ...health, drops: 0 }
  }
}

export type Standing = "well" | "suspect" | "out"

export function standingOf(health: BackendHealth, nowMs: number): Standing {
  if (health.reach === "unproven" || health.reach === "down") return "out"
  return health.reach === "silent" || nowMs < health.avoidUntilMs ? "suspect" : "well"
}

/** Those that may be chosen now: all that are well, and the suspects too when they are more than half. */
export function inRotation<T extends { readonly health: BackendHealth }>(
  pool: readonly T[],
  nowMs: number,
): T[] {
  const reachable = pool.filter(one => standingOf(one.health, nowMs) !== "out")
  const well = reachable.filter(one => standingOf(one.health, nowMs) === "well")
  return well.length * 2 < reachable.length ? reachable : well
}
