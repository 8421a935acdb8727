import type { Clock } from "../../kit/clock.ts"
import type { RequestTracing } from "../../telemetry/spans/request-tracing.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { WebReport } from "../../wire/report.ts"
import type { TracePart } from "../../wire/request-trace.ts"

/**
 * The small port of what a web instance hosts. boot joins it to the app. Any `fetch(request) => Response` handler
 * fits (Hono, h3); WebSockets are handlers, not sockets, so that a drain can close them properly.
 */
export type HostedApp = {
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** Asked for each well-formed WebSocket upgrade: handlers accept it, a Response refuses it. */
  readonly upgrade?: (
    request: Request,
  ) => WebSocketHandlers | Response | Promise<WebSocketHandlers | Response>
}

export type WebSocketHandlers = {
  readonly open?: (peer: WebSocketPeer) => void
  readonly message?: (peer: WebSocketPeer, data: string | Uint8Array) => void
  readonly close?: (code: number, reason: string) => void
}

export interface WebSocketPeer {
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
  /** Bytes queued and not yet handed to the kernel. */
  readonly bufferedBytes: number
}

export type WebLimits = {
  readonly maxBodyBytes: number
  /** Idle kept-alive connections are closed after this; longer than the edge's own idle time-out toward a backend. */
  readonly keepAliveMs: number
  readonly headTimeoutMs: number
}

export type WebOptions = {
  /** This instance's id in the map: its backend entry says when to drain. */
  readonly id: string
  readonly app: HostedApp
  readonly limits: WebLimits
  readonly clock: Clock
  readonly log: WebLog
  /** Notes what happens within requests; left out: nobody does. */
  readonly tracing?: RequestTracing | undefined
}

export interface WebLog {
  info(details: object, message: string): void
  error(details: object, message: string): void
}

/**
 * A running web role. `createWeb(options)` in create-web.ts; it puts the classes of fetch/ into the global names
 * (docs/decisions/0010-own-request-and-response.md).
 */
export interface Web {
  /**
   * Listens on a Unix socket (path relative to the working directory; a stale file is removed) or a TCP port, and
   * answers `GET /.banyan/health` before the app: 200, or 503 once it stops. Throws BN2104.
   */
  listen(
    address: { path: string } | { host: string; port: number },
  ): Promise<{ path: string } | { host: string; port: number }>
  /**
   * Follows the map. When its backend entry is `draining` (or gone after having been there): answers what comes with
   * `Connection: close`, and at `settings.drainTimeoutMs` closes WebSockets with 1001 and ends SSE streams with a
   * `retry:` hint. Drained when nothing is outstanding. Becoming `active` again takes it back.
   */
  apply(map: ServiceMap): void
  report(): WebReport
  /** The slowest and the failed requests of the last minutes, as seen here. */
  traces(): TracePart[]
  /** Calls back when the report's state or readiness changes. */
  onChange(listener: () => void): void
  /**
   * Graceful end: stop accepting, drain within `drainTimeoutMs` (an earlier deadline of the map holds), then close what
   * is idle. What does not end some seconds behind the deadline is cut, and logged.
   */
  stop(drainTimeoutMs: number): Promise<void>
}
