import { fieldValue } from "../../http1/index.ts"
import {
  type ConnectionCounts,
  type FailureKind,
  type FailureSample,
  failureKinds,
  isGoodStatus,
  type LoadOptions,
  type LoadReport,
  type LoadRequest,
  type LoadTick,
  maxLagP99Ms,
} from "./load.ts"
import { authorityOf } from "./load-connection.ts"
import type { ExchangeResult } from "./load-pool.ts"
import { QuantileSketch } from "./quantile-sketch.ts"

/** Enough for a drill to look at each of what a lost front door may cost. */
const maxSamples = 200

/** One finished request; times in milliseconds since the load began. */
export type Finished = {
  readonly request: LoadRequest
  readonly result: ExchangeResult
  readonly intendedMs: number
  readonly endMs: number
  readonly nthOnConnection: number
  readonly connectionBegunMs: number
}

/** Counts what happened; no I/O, no clock. */
export class LoadTally {
  readonly #startedAtMs = Date.now()
  #sent = 0
  #ok = 0
  #failed = 0
  #lastGoodMs = 0
  #longestSilenceMs = 0
  readonly #failures = Object.fromEntries(failureKinds.map(kind => [kind, 0])) as Record<FailureKind, number>
  readonly #statuses: Record<string, number> = {}
  readonly #samples: FailureSample[] = []
  readonly #latency = new QuantileSketch()
  readonly #latencyByKind = new Map<string, QuantileSketch>()
  readonly #lag = new QuantileSketch()
  #tick = { sent: 0, ok: 0, failed: 0, latency: new QuantileSketch() }

  get outstanding(): number {
    return this.#sent - this.#ok - this.#failed
  }

  sent(lagMs: number): void {
    this.#sent++
    this.#tick.sent++
    this.#lag.add(lagMs)
  }

  finished(finished: Finished): void {
    const { request, result, intendedMs, endMs } = finished
    const latencyMs = endMs - intendedMs
    const failure = failureOf(request, result, finished.nthOnConnection)
    if (result.kind === "answer" || result.kind === "timeout") this.#record(request.kind, latencyMs)
    if (result.kind === "answer") {
      const { status } = result.answer
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    }
    if (failure === undefined) {
      this.#ok++
      this.#tick.ok++
      this.#silence(endMs)
      this.#lastGoodMs = Math.max(this.#lastGoodMs, endMs)
      return
    }
    this.#failed++
    this.#tick.failed++
    this.#failures[failure]++
    if (this.#samples.length < maxSamples) this.#samples.push(sampleOf(finished, failure, latencyMs))
  }

  /** What happened since the last tick. */
  tick(atMs: number): LoadTick {
    const { sent, ok, failed, latency } = this.#tick
    this.#tick = { sent: 0, ok: 0, failed: 0, latency: new QuantileSketch() }
    return { atMs, sent, ok, failed, latencyMs: latency.quantiles(), outstanding: this.outstanding }
  }

  report(options: LoadOptions, durationMs: number, connections: ConnectionCounts): LoadReport {
    this.#silence(durationMs)
    const lagMs = this.#lag.quantiles()
    return {
      target: authorityOf(options.target),
      arrivals: options.arrivals,
      rps: options.rps,
      seed: options.seed,
      newConnectionShare: options.newConnectionShare,
      startedAtMs: this.#startedAtMs,
      durationMs: Math.round(durationMs),
      sent: this.#sent,
      ok: this.#ok,
      failed: this.#failed,
      abandoned: this.outstanding,
      failures: { ...this.#failures },
      statuses: { ...this.#statuses },
      samples: [...this.#samples],
      connections,
      latencyMs: this.#latency.quantiles(),
      latencyByKindMs: Object.fromEntries(
        [...this.#latencyByKind].map(([kind, sketch]) => [kind, sketch.quantiles()]),
      ),
      longestSilenceMs: Math.round(this.#longestSilenceMs),
      lagMs,
      lagging: lagMs.p99 > maxLagP99Ms,
    }
  }

  #silence(untilMs: number): void {
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, untilMs - this.#lastGoodMs)
  }

  #record(kind: string, latencyMs: number): void {
    this.#latency.add(latencyMs)
    this.#tick.latency.add(latencyMs)
    const sketch = this.#latencyByKind.get(kind) ?? new QuantileSketch()
    this.#latencyByKind.set(kind, sketch)
    sketch.add(latencyMs)
  }
}

function failureOf(request: LoadRequest, result: ExchangeResult, nth: number): FailureKind | undefined {
  if (result.kind === "reset") return nth === 1 ? "resetNew" : "resetReused"
  if (result.kind !== "answer") return result.kind
  const { status } = result.answer
  if (status >= 500) return "status5xx"
  return isGoodStatus(request, status) ? undefined : "unexpectedStatus"
}

function sampleOf(finished: Finished, failure: FailureKind, latencyMs: number): FailureSample {
  const { request, result, endMs, nthOnConnection, connectionBegunMs } = finished
  return {
    atMs: Math.round(endMs),
    failure,
    kind: request.kind,
    method: request.method,
    target: request.target,
    detail:
      result.kind === "answer"
        ? `${result.answer.status} ${result.answer.body.toString("utf8", 0, 120)}`
        : result.detail,
    nthOnConnection,
    connectionBegunAtMs: Math.round(connectionBegunMs),
    latencyMs: Math.round(latencyMs),
    answerBegan: result.kind === "answer" || result.answerBegan,
    keyed: fieldValue(request.fields ?? [], "idempotency-key") !== undefined,
  }
}
