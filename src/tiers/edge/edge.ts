import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { FrontReport } from "../../wire/report.ts"

export type EdgeLimits = {
  /** Connections of clients at once; the next one gets 503 and close. */
  readonly maxConnections: number
  readonly headTimeoutMs: number
  /** Longest silence of a client while it sends a body. */
  readonly bodyIdleTimeoutMs: number
  /** Longest silence of a backend before its response head. */
  readonly backendTimeoutMs: number
  readonly clientIdleTimeoutMs: number
  /** Idle kept-alive connections toward a backend; shorter than the backend's own. */
  readonly backendIdleTimeoutMs: number
  readonly maxBodyBytes: number
  /** Retries as a share of requests (token bucket), e.g. 0.1, with a floor of a few per second. */
  readonly retryBudget: number
  readonly maxConnectionsPerBackend: number
}

export type EdgeOptions = {
  /** This process's id in the map: its front entry says when to accept. */
  readonly id: string
  /** The listening socket: inherited, or opened by the process itself. Listened on only while the map says `open`. */
  readonly listen: { readonly fd: number } | { readonly host: string; readonly port: number }
  readonly limits: EdgeLimits
  readonly clock: Clock
  readonly random: Random
  readonly accessLog: (entry: AccessEntry) => void
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** One line of the access log. */
export type AccessEntry = {
  readonly at: number
  readonly requestId: string
  readonly traceId: string
  readonly client: string
  readonly method: string
  readonly target: string
  readonly host: string
  /** 0 when the client went away before an answer. */
  readonly status: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly durationMs: number
  readonly backend: string
  readonly retries: number
  readonly error?: string
}

/** The front door. `createEdge(options)` in create-edge.ts. */
export interface Edge {
  /** Follows the map; older epochs are ignored. Resolves when `open` means it accepts by now. */
  apply(map: ServiceMap): Promise<void>
  report(): FrontReport
  /** Has a map and at least one backend that answered its health check. */
  readonly ready: boolean
  onChange(listener: () => void): void
  /** Where it listens, while it does. */
  address(): { host: string; port: number } | undefined
  /** Stops accepting, closes each kept-alive connection after its next answer, ends what is left after `drainTimeoutMs`. */
  stop(drainTimeoutMs: number): Promise<void>
}
