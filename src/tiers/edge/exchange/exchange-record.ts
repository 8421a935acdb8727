import { fieldValues, type RequestHead, type ResponseHead } from "../../../http1/index.ts"
import type { Seat } from "../canary/canary.ts"
import { withPlace } from "../canary/place-cookie.ts"
import type { ClientOrigin } from "../client/client-origin.ts"
import type { OwnFields } from "../client/exchange-client.ts"
import type { RefusalOptions } from "../client/refusal-answer.ts"
import type { EdgeContext } from "../edge-context.ts"
import { statusClass } from "../edge-counters.ts"
import type { Refusal } from "../edge-errors.ts"
import type { Attempts } from "./attempts.ts"
import { edgePart } from "./edge-part.ts"
import type { RequestOrigin } from "./request-fields.ts"
import { type Trace, traceOf } from "./trace.ts"

/** What is told of one request afterwards: counted, timed, and logged exactly once. */
export class ExchangeRecord implements RequestOrigin, OwnFields {
  readonly client: ClientOrigin
  readonly requestId: string
  readonly trace: Trace
  /** Where it belongs while there is a canary. */
  readonly seat: Seat | undefined
  readonly startedMs: number
  readonly #context: EdgeContext
  readonly #head: RequestHead
  readonly #startedAt: number
  #status = 0
  #answeredMs: number | undefined

  constructor(context: EdgeContext, client: ClientOrigin, head: RequestHead) {
    const { clock, hexDigits, counters, budget, canary } = context
    this.#context = context
    this.#head = head
    this.client = client
    this.requestId = context.nextRequestId()
    this.trace = traceOf(fieldValues(head.fields, "traceparent"), hexDigits)
    this.#startedAt = clock.nowMs()
    this.startedMs = clock.monotonicMs()
    counters.requests++
    counters.outstanding++
    budget.deposit()
    this.seat = canary.seat(head)
  }

  nowMs(): number {
    return this.#context.clock.nowMs()
  }

  /** The answer as the client gets it: with its new place, if it has one. */
  seated(answer: ResponseHead): ResponseHead {
    const place = this.seat?.newPlace
    return place === undefined ? answer : withPlace(answer, place, this.client.scheme)
  }

  get ownAuthority(): () => string {
    return this.#context.ownAuthority
  }

  /** What an answer says of https; nothing where it was not asked under it (RFC 6797 section 7.2). */
  get hsts(): string | undefined {
    return this.client.scheme === "https" ? this.#context.https().hsts : undefined
  }

  /** A final answer's head is on its way to the client. */
  get answered(): boolean {
    return this.#status !== 0
  }

  /** Returns the monotonic time of it. */
  answer(status: number): number {
    const { counters, clock } = this.#context
    const nowMs = clock.monotonicMs()
    this.#status = status
    this.#answeredMs = nowMs
    counters.answered(status, nowMs - this.startedMs, nowMs)
    return nowMs
  }

  /** The edge answers itself: so. */
  refuse(told: Refusal, close: boolean): RefusalOptions {
    const { clock, counters } = this.#context
    this.answer(told.status)
    if (told.text === undefined) counters.refused(told.code)
    const toHead = this.#head.method === "HEAD"
    const { requestId, hsts } = this
    return { requestId, nowMs: clock.nowMs(), close, toHead, hsts }
  }

  /** `aborted`: the client got no whole answer. */
  settle(how: {
    bytesIn: number
    bytesOut: number
    attempts: Attempts
    aborted: boolean
    error: string | undefined
  }): void {
    const { counters, clock, accessLog, canary } = this.#context
    const { bytesIn, bytesOut, attempts, aborted, error } = how
    const { backend, tried } = attempts
    const nowMs = clock.monotonicMs()
    counters.outstanding--
    if (aborted) counters.aborted++
    if (this.seat !== undefined && backend !== undefined)
      canary.settled(this.seat, { backend: backend.entry, kind: statusClass(this.#status), aborted })
    accessLog({
      at: this.#startedAt,
      requestId: this.requestId,
      traceId: this.trace.traceId,
      client: this.client.address,
      http: this.client.isHttp2 ? "2" : this.#head.minor === 1 ? "1.1" : "1.0",
      method: this.#head.method,
      target: this.#head.target,
      host: this.#head.host,
      status: this.#status,
      bytesIn,
      bytesOut,
      durationMs: nowMs - this.startedMs,
      backend: backend?.id ?? "",
      retries: tried.length,
      tls: this.client.tls,
      error,
    })
    this.#keep(attempts, aborted, error, nowMs)
  }

  /** The front door's part of the trace: made of what is known anyway, and only for the few that are kept. */
  #keep(attempts: Attempts, aborted: boolean, error: string | undefined, nowMs: number): void {
    const { kept } = this.#context
    const latencyMs = (this.#answeredMs ?? nowMs) - this.startedMs
    const failed = aborted || this.#status >= 500
    const retried = attempts.tried.length > 0
    const notable = failed || retried || this.trace.sampled
    if (!kept.wants(latencyMs, notable, nowMs)) return
    const part = edgePart({
      requestId: this.requestId,
      traceId: this.trace.traceId,
      kept: failed ? "failed" : retried ? "retried" : this.trace.sampled ? "sampled" : "slow",
      at: this.#startedAt,
      head: this.#head,
      status: this.#status,
      startedMs: this.startedMs,
      answeredMs: this.#answeredMs,
      endedMs: nowMs,
      tries: attempts.tries(nowMs),
      error,
    })
    kept.keep(part, Buffer.byteLength(JSON.stringify(part)), latencyMs, notable, nowMs)
  }
}
