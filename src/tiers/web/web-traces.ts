import { fieldValue, type RequestHead } from "../../http1/index.ts"
import type { Clock } from "../../kit/clock.ts"
import { KeptTraces, maxPartBytes } from "../../telemetry/kept-traces.ts"
import { maskedSql, maskedTarget } from "../../telemetry/masked.ts"
import type { RecordedSpan } from "../../telemetry/spans/recorded-span.ts"
import type { RequestRecord } from "../../telemetry/spans/request-record.ts"
import type { RequestTracing } from "../../telemetry/spans/request-tracing.ts"
import type { TracePart, TraceStep } from "../../wire/request-trace.ts"
import { requestIdOf } from "./request-from-head.ts"

/** One request of which everything is noted until it is over. */
export class TracedRequest {
  readonly #traces: WebTraces
  readonly #head: RequestHead
  readonly #record: RequestRecord
  #status = 0
  #answeredMs: number | undefined
  #isOver = false

  constructor(traces: WebTraces, head: RequestHead, record: RequestRecord) {
    this.#traces = traces
    this.#head = head
    this.#record = record
  }

  run<T>(work: () => T): T {
    return this.#record.run(work)
  }

  /** The app failed in it: so. */
  fail(words: string): void {
    this.#record.root.fail(words)
  }

  /** The head of the answer is on its way. */
  answered(status: number): void {
    this.#status = status
    this.#answeredMs = this.#record.clock.monotonicMs()
  }

  /** Only the first call counts: a WebSocket's request is over when it is accepted. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const spans = this.#record.end(this.#status)
    this.#traces.ended(this.#head, this.#record, spans, this.#status, this.#answeredMs)
  }
}

/** What a web instance keeps of its requests: the slowest and the failed ones, each with the spans within it. */
export class WebTraces {
  readonly #tracing: RequestTracing
  readonly #clock: Clock
  readonly #kept = new KeptTraces<TracePart>()

  constructor(tracing: RequestTracing, clock: Clock) {
    this.#tracing = tracing
    this.#clock = clock
  }

  begin(head: RequestHead): TracedRequest {
    const traceParent = fieldValue(head.fields, "traceparent")
    return new TracedRequest(this, head, this.#tracing.begin({ method: head.method, traceParent }))
  }

  parts(): TracePart[] {
    return this.#kept.all(this.#clock.monotonicMs())
  }

  ended(
    head: RequestHead,
    record: RequestRecord,
    spans: readonly RecordedSpan[],
    status: number,
    answeredMs: number | undefined,
  ): void {
    const { root } = record
    const nowMs = root.endMs ?? root.startMs
    const failed = status >= 500 || status === 0 || root.failure !== undefined
    const notable = failed || record.sampled
    const latencyMs = (answeredMs ?? nowMs) - root.startMs
    if (!this.#kept.wants(latencyMs, notable, nowMs)) return
    const whole: TracePart = {
      requestId: requestIdOf(head) ?? "",
      traceId: record.traceId,
      role: "web",
      kept: failed ? "failed" : record.sampled ? "sampled" : "slow",
      at: this.#clock.nowMs() - (this.#clock.monotonicMs() - root.startMs),
      latencyMs,
      durationMs: nowMs - root.startMs,
      method: head.method.slice(0, 100),
      target: maskedTarget(head.target),
      status,
      ...(root.failure !== undefined && { error: root.failure }),
      ...(status === 0 && root.failure === undefined && { error: "the client has gone" }),
      steps: stepsOf(root, spans, nowMs),
      ...(record.omitted > 0 && { omitted: record.omitted }),
    }
    const { part, bytes } = fitted(whole)
    this.#kept.keep(part, bytes, latencyMs, notable, nowMs)
  }
}

function stepsOf(root: RecordedSpan, spans: readonly RecordedSpan[], endMs: number): TraceStep[] {
  const places = new Map(spans.map((span, at) => [span, at]))
  return spans.map(({ name, startMs, endMs: endedMs = endMs, parent, details, failure }) => {
    const place = parent && places.get(parent)
    return {
      name,
      startMs: startMs - root.startMs,
      durationMs: Math.max(0, endedMs - startMs),
      ...(place !== undefined && { parent: place }),
      ...(details && { details: readable(details) }),
      ...(failure !== undefined && { error: failure.slice(0, 300) }),
    }
  })
}

function readable(details: Readonly<Record<string, string>>): Record<string, string> {
  const { sql, ...rest } = details
  return sql === undefined ? rest : { ...rest, sql: maskedSql(sql) }
}

/** Steps at its end go until it is small enough. */
export function fitted(whole: TracePart): { readonly part: TracePart; readonly bytes: number } {
  let part = whole
  for (;;) {
    const bytes = Buffer.byteLength(JSON.stringify(part))
    if (bytes <= maxPartBytes || part.steps.length === 0) return { part, bytes }
    const steps = part.steps.slice(0, Math.floor(part.steps.length / 2))
    part = { ...part, steps, omitted: (whole.omitted ?? 0) + whole.steps.length - steps.length }
  }
}
