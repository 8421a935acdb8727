import { fieldValues, type RequestHead } from "../../http1/index.ts"
import type { EdgeContext } from "./edge-context.ts"
import { type Trace, traceOf } from "./trace.ts"

/** What is told of one request afterwards: counted, timed, and logged exactly once. */
export class ExchangeRecord {
  readonly requestId: string
  readonly trace: Trace
  readonly startedMs: number
  readonly #context: EdgeContext
  readonly #head: RequestHead
  readonly #client: string
  readonly #startedAt: number
  #status = 0

  constructor(context: EdgeContext, client: string, head: RequestHead) {
    const { clock, random, counters, budget } = context
    this.#context = context
    this.#head = head
    this.#client = client
    this.requestId = context.nextRequestId()
    this.trace = traceOf(fieldValues(head.fields, "traceparent"), random)
    this.#startedAt = clock.nowMs()
    this.startedMs = clock.monotonicMs()
    counters.requests++
    counters.outstanding++
    budget.deposit()
  }

  /** A final answer's head is on its way to the client. */
  get answered(): boolean {
    return this.#status !== 0
  }

  answer(status: number): void {
    const { counters, clock } = this.#context
    const nowMs = clock.monotonicMs()
    this.#status = status
    counters.answered(status, nowMs - this.startedMs, nowMs)
  }

  /** `aborted`: the client got no whole answer. */
  settle(how: {
    bytesIn: number
    bytesOut: number
    backend: string
    retries: number
    aborted: boolean
    error: string | undefined
  }): void {
    const { counters, clock, accessLog } = this.#context
    const { bytesIn, bytesOut, backend, retries, aborted, error } = how
    counters.outstanding--
    if (aborted) counters.aborted++
    accessLog({
      at: this.#startedAt,
      requestId: this.requestId,
      traceId: this.trace.traceId,
      client: this.#client,
      method: this.#head.method,
      target: this.#head.target,
      host: this.#head.host,
      status: this.#status,
      bytesIn,
      bytesOut,
      durationMs: clock.monotonicMs() - this.startedMs,
      backend,
      retries,
      ...(error === undefined ? {} : { error }),
    })
  }
}
