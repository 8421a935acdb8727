import type { Clock } from "../../kit/clock.ts"
import type { HexDigits } from "../../telemetry/hex-digits.ts"
import type { KeptTraces } from "../../telemetry/kept-traces.ts"
import type { Challenge } from "../../wire/map.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import type { BackendSet } from "./backend/backend-set.ts"
import type { Canary } from "./canary/canary.ts"
import type { UnreadAnswers } from "./client/http2/unread-answers.ts"
import type { AccessEntry, EdgeLimits, EdgeTls } from "./edge.ts"
import type { EdgeCounters } from "./edge-counters.ts"
import type { RetryBudget } from "./exchange/retry-budget.ts"

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
  readonly unread: UnreadAnswers
  readonly accessLog: (entry: AccessEntry) => void
  /** The slowest and the failed requests of the last minutes. */
  readonly kept: KeptTraces<TracePart>
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
