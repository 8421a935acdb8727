import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { FrontReport } from "../../wire/report.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import type { CertificateSource } from "./client/tls/certificate-files.ts"
import type { TicketSeed } from "./client/tls/ticket-chain.ts"

/** Of the service as a whole; several front doors keep to a part each where share-of-limits.ts says so. */
export type EdgeLimits = {
  /** Connections of clients at once; the next one gets 503 and close. */
  readonly maxConnections: number
  /** Of one address, loopback apart: a proxy on this machine speaks for many. The next one gets 429 and close. */
  readonly maxConnectionsPerAddress: number
  /** Requests at once on one HTTP/2 connection; 0: HTTP/2 is not offered. */
  readonly maxStreamsPerConnection: number
  /** From the first byte of a request (or the accept) to the end of its head. */
  readonly headTimeoutMs: number
  /** Longest silence of a client while it sends a body, or while it should take an answer's. */
  readonly bodyIdleTimeoutMs: number
  /** A body that comes slower, on average over twice the longest silence, is given up; 0: none is. */
  readonly minUploadBytesPerSecond: number
  /** Longest time for a whole body. */
  readonly uploadTimeoutMs: number
  /** Longest silence of a backend before its response head. */
  readonly backendTimeoutMs: number
  readonly clientIdleTimeoutMs: number
  /** The same while it drains: a client learns of that by an answer, and an idle one asks for none. */
  readonly drainIdleTimeoutMs: number
  /** Idle kept-alive connections toward a backend; shorter than the backend's own. */
  readonly backendIdleTimeoutMs: number
  readonly maxBodyBytes: number
  /** Retries as a share of requests (token bucket), e.g. 0.1, with a floor of a few per second. */
  readonly retryBudget: number
  readonly maxConnectionsPerBackend: number
  /** Requests one backend is always given at once, however slow it answers; the limit above it adapts. */
  readonly minConcurrencyPerBackend: number
  /** How long a request waits for a backend that has room before 503; less while such a queue stands. */
  readonly queueTimeoutMs: number
  /** A backend that is new, or was down, has its whole weight after this; 0: at once. */
  readonly slowStartMs: number
  /** How long a request that was sent nowhere yet waits for a backend before 503. */
  readonly holdTimeoutMs: number
  /** Requests that may wait so at once; the next one gets 503 at once. */
  readonly maxHeld: number
  readonly healthIntervalMs: number
  /** A backend that does not answer its health check in this time is frozen. */
  readonly healthTimeoutMs: number
  /** Between checks of a backend that is not well. */
  readonly unhealthyIntervalMs: number
}

export const defaultEdgeLimits: EdgeLimits = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 1_000,
  maxStreamsPerConnection: 100,
  headTimeoutMs: 10_000,
  bodyIdleTimeoutMs: 30_000,
  minUploadBytesPerSecond: 240,
  uploadTimeoutMs: 3_600_000,
  backendTimeoutMs: 60_000,
  clientIdleTimeoutMs: 75_000,
  drainIdleTimeoutMs: 5_000,
  backendIdleTimeoutMs: 30_000,
  maxBodyBytes: 100 * 1024 * 1024,
  retryBudget: 0.1,
  maxConnectionsPerBackend: 512,
  minConcurrencyPerBackend: 128,
  queueTimeoutMs: 1_000,
  slowStartMs: 5_000,
  holdTimeoutMs: 5_000,
  maxHeld: 1_024,
  healthIntervalMs: 1_000,
  healthTimeoutMs: 1_000,
  unhealthyIntervalMs: 50,
}

export interface EdgeLog {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

/** An inherited socket can be opened once: closing the door closes its descriptor here, and Node cannot duplicate one. */
export type ListenOn = { readonly fd: number } | { readonly host: string; readonly port: number }

/** What the front door needs to speak TLS, on a socket of its own. */
export type EdgeTls = {
  readonly listen: ListenOn
  /** The first is for names that no other has. */
  readonly certificates: readonly CertificateSource[]
  readonly minVersion: "TLSv1.2" | "TLSv1.3"
  /** The same in every front door: a session made at one is resumed at the next. */
  readonly tickets: TicketSeed
  /** The port of https, when the plain door sends everybody there. */
  readonly redirectPort?: number | undefined
  /** The value of Strict-Transport-Security. */
  readonly hsts?: string | undefined
}

export type EdgeProxyProtocol = {
  /** Connections from there must begin with a header; from elsewhere none is read. */
  readonly trustedCidrs: readonly string[]
  readonly on: "both" | "plain" | "tls"
}

export type EdgeOptions = {
  /** This process's id in the map: its front entry says when to accept. */
  readonly id: string
  /** The listening socket: inherited, or opened by the process itself. Listened on only while the map says `open`. */
  readonly listen: ListenOn
  readonly tls?: EdgeTls | undefined
  readonly proxyProtocol?: EdgeProxyProtocol | undefined
  /** What is not given is as in `defaultEdgeLimits`. */
  readonly limits: Partial<EdgeLimits>
  readonly clock: Clock
  readonly random: Random
  readonly accessLog: (entry: AccessEntry) => void
  readonly log: EdgeLog
}

/** One line of the access log. */
export type AccessEntry = {
  readonly at: number
  readonly requestId: string
  readonly traceId: string
  readonly client: string
  /** The version of HTTP that the client spoke. */
  readonly http: "1.0" | "1.1" | "2"
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
  /** The version of TLS, where there was any. */
  readonly tls?: string | undefined
  readonly error?: string | undefined
}

/** The front door. `createEdge(options)` in create-edge.ts. */
export interface Edge {
  /**
   * Follows the map; older epochs are ignored. Resolves when `open` means it accepts by now; throws BN2001 when the
   * socket cannot be listened on.
   */
  apply(map: ServiceMap): Promise<void>
  report(): FrontReport
  /** The slowest and the failed requests of the last minutes, as seen here. */
  traces(): TracePart[]
  /** Has a map and at least one backend that answered its health check. */
  readonly ready: boolean
  onChange(listener: () => void): void
  /** Where it listens, while it does. */
  address(): { host: string; port: number } | undefined
  /** The same for TLS. */
  tlsAddress(): { host: string; port: number } | undefined
  /**
   * Stops accepting and closes each kept-alive connection after its next answer. At `drainTimeoutMs` idle ones are
   * closed, an event stream gets its `retry:` hint and end, a WebSocket a close frame with 1001; what is still under
   * way then is cut a grace later (as long again, at most 5 s). Resolves when all are gone.
   */
  stop(drainTimeoutMs: number): Promise<void>
}
