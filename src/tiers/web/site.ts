import type { Clock } from "../../kit/clock.ts"
import type { Drain } from "./drain.ts"
import type { HostedApp, WebLimits, WebLog } from "./web.ts"
import type { WebTraces } from "./web-traces.ts"

/** What every connection of an instance shares. */
export interface Site {
  readonly id: string
  readonly app: HostedApp
  readonly limits: WebLimits
  readonly clock: Clock
  readonly log: WebLog
  readonly drain: Drain
  /** Undefined: nobody asks what happens within requests. */
  readonly traced: WebTraces | undefined
  /** On the way out for good: health checks fail. */
  readonly stopping: boolean
  /** The value of Date for now. */
  readonly date: string
  countRequest(): void
  countError(): void
}
