import type { Clock } from "../../kit/clock.ts"
import type { Challenge } from "../../wire/map.ts"
import type { BackendSet } from "./backend/backend-set.ts"
import type { Canary } from "./canary/canary.ts"
import type { AccessEntry, EdgeLimits, EdgeTls } from "./edge.ts"
import type { EdgeCounters } from "./edge-counters.ts"
import type { RetryBudget } from "./exchange/retry-budget.ts"
import type { HexDigits } from "./exchange/trace.ts"

/** What everything on the way of a request shares. */
export type EdgeContext = {
  readonly limits: EdgeLimits
  readonly clock: Clock
  /** Of these the ids of traces are made. */
  readonly hexDigits: HexDigits
  readonly backends: BackendSet
  readonly canary: Canary
  readonly budget: RetryBudget
  readonly counters: EdgeCounters
  readonly accessLog: (entry: AccessEntry) => void
  /** Monotonic time of the last turn of the sweeper: cheap, and good enough for deadlines. */
  readonly coarseNowMs: () => number
  /** Unique in the service: a prefix of this process and a number. */
  readonly nextRequestId: () => string
  /** What the door says of https beside its answers; nothing while it has no certificate to speak it with. */
  readonly https: () => Pick<EdgeTls, "redirectPort" | "hsts">
  /** What it answers to certificate authorities. */
  readonly challenges: () => readonly Challenge[]
  /** The Host for an HTTP/1.0 request that has none. */
  readonly ownAuthority: () => string
}
