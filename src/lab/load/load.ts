import type { Fields } from "../../http1/index.ts"
import type { Arrivals } from "./arrivals.ts"

/**
 * An open-loop load generator: requests leave at times fixed beforehand, whether or not earlier ones have been
 * answered, so a service that stalls is seen to stall (no coordinated omission). Never retries, never hides.
 */
export type LoadOptions = {
  readonly target: LoadTarget
  /**
   * As ALPN names it (RFC 7301): `h2` is HTTP/2 over TLS, `h2c` without, by prior knowledge. With HTTP/2 many requests at
   * once share a few connections. Default `http/1.1`.
   */
  readonly protocol?: "http/1.1" | "h2c" | "h2"
  readonly scenario: Scenario
  /** Requests a second, on average. */
  readonly rps: number
  readonly durationMs: number
  /** Ends the sending before `durationMs`: what was sent by then is awaited like the last of any other run. */
  readonly enough?: AbortSignal
  readonly arrivals: Arrivals
  readonly seed: number
  /** Share of requests (0 to 1) that go on a connection of their own; the others reuse kept-alive ones if idle. */
  readonly newConnectionShare: number
  /** From the intended send time to the last byte of the answer. */
  readonly timeoutMs: number
  /** Idle connections kept for reuse; above this they are closed after their answer. Default `rps / 10`, at least 32. */
  readonly maxIdleConnections?: number
  /**
   * How long the generator warms its own code beforehand, on a listener of its own: the target hears nothing of it, and
   * nothing of it is counted. Default 1500 from 2000 requests a second on, else 0.
   */
  readonly warmUpMs?: number
  /**
   * Connections opened before the first request is due, as far as they may stay idle. Default 256 from 2000 requests a
   * second on, else 0.
   */
  readonly connectionsAhead?: number
  /** Called when the scenario is prepared and the first request is due. */
  readonly onBegin?: () => void
  /** Called every `tickMs`, about, and at the end. */
  readonly onTick?: (tick: LoadTick) => void
  /** Default one second. */
  readonly tickMs?: number
}

export type LoadTarget = { readonly host: string; readonly port: number }

export type LoadRequest = {
  /** What it is for, in reports: `feed`, `post`. */
  readonly kind: string
  readonly method: string
  readonly target: string
  /** Without Host and Content-Length, which are added. */
  readonly fields?: Fields
  readonly body?: string
  /** Which statuses are right; 2xx and 3xx unless given. 5xx never is. */
  readonly isExpected?: (status: number) => boolean
  /** Sees each answer that came whole. Without it, the body of an answer that is right is not kept. */
  readonly onAnswer?: (answer: LoadAnswer) => void
}

export function isGoodStatus({ isExpected }: LoadRequest, status: number): boolean {
  if (status >= 500) return false
  return isExpected === undefined ? status >= 200 && status < 400 : isExpected(status)
}

export type LoadAnswer = { readonly status: number; readonly fields: Fields; readonly body: Buffer }

/** Who decides what is asked next; may learn from the answers it sees. */
export interface Scenario {
  /** Before the load: sign up, learn ids. What is sent here is not counted. */
  prepare?(send: (request: LoadRequest) => Promise<LoadAnswer>): Promise<void>
  next(): LoadRequest
}

/**
 * How a request can fail: no connection; the connection ended before the whole answer (or its stream was reset), apart
 * for its first request and for later ones; too late; not HTTP; a status of 500 or more; another status than the scenario
 * expects. `unprocessed` is HTTP/2's alone: refused, or above the last stream of a GOAWAY, which says that nobody has
 * looked at it. Any client may send that again (RFC 9113 section 8.7), most do; ours never does, and counts it apart.
 */
export const failureKinds = [
  "refused",
  "resetNew",
  "resetReused",
  "timeout",
  "framing",
  "status5xx",
  "unexpectedStatus",
  "unprocessed",
] as const
export type FailureKind = (typeof failureKinds)[number]

/** Milliseconds; quantiles within 1 %. */
export type Quantiles = {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export type FailureSample = {
  /** Since the load began. */
  readonly atMs: number
  readonly failure: FailureKind
  readonly kind: string
  readonly method: string
  readonly target: string
  readonly detail: string
  /** Which request on its connection this was, from 1. */
  readonly nthOnConnection: number
  /** When that connection was begun, since the load began; negative when it was opened ahead. */
  readonly connectionBegunAtMs: number
  readonly latencyMs: number
  /** Some of the answer had come: no proxy could have tried again. */
  readonly answerBegan: boolean
  /** It carried an `Idempotency-Key`: a proxy could have tried again whatever its method. */
  readonly keyed: boolean
}

export type LoadTick = {
  readonly atMs: number
  /** Since the tick before. */
  readonly sent: number
  readonly ok: number
  readonly failed: number
  readonly latencyMs: Quantiles
  /** Now. */
  readonly outstanding: number
}

/** All plain data. `sent = ok + failed + abandoned`. */
export type LoadReport = {
  readonly target: string
  readonly arrivals: Arrivals
  readonly rps: number
  readonly seed: number
  readonly newConnectionShare: number
  /** When the load began, in milliseconds since the epoch; samples count from it. */
  readonly startedAtMs: number
  /** From the first intended send to the last one. */
  readonly durationMs: number
  readonly sent: number
  readonly ok: number
  readonly failed: number
  /** Outstanding when the run was aborted by its signal: neither ok nor failed. */
  readonly abandoned: number
  readonly failures: Readonly<Record<FailureKind, number>>
  readonly statuses: Readonly<Record<string, number>>
  /** The first of the failures, in order. */
  readonly samples: readonly FailureSample[]
  readonly connections: ConnectionCounts
  /** From the intended send time, of all answered requests and, as a lower bound, of those that timed out. */
  readonly latencyMs: Quantiles
  readonly latencyByKindMs: Readonly<Record<string, Quantiles>>
  /** The longest time between two good answers. */
  readonly longestSilenceMs: number
  /** How late the generator itself sent; included in the latencies. */
  readonly lagMs: Quantiles
  /** Lag p99 above 5 ms: the generator was starved, its latencies say little about the service. */
  readonly lagging: boolean
}

export type ConnectionCounts = {
  /** Those opened ahead included. */
  readonly opened: number
  /** The first of each connection. */
  readonly requestsOnNew: number
  readonly requestsOnReused: number
  /** Connections whose end was announced, by `Connection: close` or GOAWAY; such a one gets no further request. */
  readonly closeAnnounced: number
  /** Kept-alive connections the server ended while idle: in order, or by a reset. No request was on them. */
  readonly closedWhileIdle: number
  readonly resetWhileIdle: number
  /** Connections that sent bytes nobody had asked for. */
  readonly unaskedBytes: number
}

export const maxLagP99Ms = 5
