import {
  type Context,
  context,
  createContextKey,
  type Exception,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api"
import { foreignAttributes } from "./foreign-attributes.ts"
import type { RequestRecord } from "./request-record.ts"

export type SpanDetails = Readonly<Record<string, string>>

/** In the context of a request: its own span, found also from below a span of somebody else's SDK. */
const requestSpanKey = createContextKey("banyan request")

/**
 * A span as OpenTelemetry's API has it, kept in the record of its request. Of what an app says of its own spans the name and
 * the failure are kept: attributes may hold anything. Where the app has an SDK of its own, that has a span too.
 */
export class RecordedSpan implements Span {
  readonly name: string
  readonly parent: RecordedSpan | undefined
  readonly details: SpanDetails | undefined
  readonly startMs: number
  endMs: number | undefined
  failure: string | undefined
  readonly #record: RequestRecord
  readonly #foreign: Span | undefined
  #id: string | undefined

  constructor(
    record: RequestRecord,
    parent: RecordedSpan | undefined,
    name: string,
    details?: SpanDetails,
    foreign?: Span,
  ) {
    this.#record = record
    this.parent = parent
    this.name = name
    this.details = details
    this.#foreign = foreign
    this.startMs = record.clock.monotonicMs()
  }

  /** A span within this one; undefined when the request is over, or has too many already. */
  child(name: string, details?: SpanDetails): RecordedSpan | undefined {
    const record = this.#record
    if (!record.admits()) return undefined
    const foreign = record.foreign?.startSpan(
      name,
      {
        kind: details?.["sql"] === undefined ? SpanKind.INTERNAL : SpanKind.CLIENT,
        attributes: foreignAttributes(details),
      },
      context.active(),
    )
    const child = new RecordedSpan(record, this, name, details, foreign)
    record.spans.push(child)
    return child
  }

  /** It failed so: a code, or a few words. */
  fail(words: string): void {
    this.failure = words
    this.#foreign?.setStatus({ code: SpanStatusCode.ERROR, message: words })
  }

  /** The context in which whatever it calls finds it. */
  within(outer: Context): Context {
    const inner = trace.setSpan(outer, this)
    return this.#foreign === undefined ? inner : inner.setValue(requestSpanKey, this)
  }

  spanContext(): SpanContext {
    if (this.#foreign !== undefined) return this.#foreign.spanContext()
    const { traceId, flags } = this.#record
    this.#id ??= this.#record.newSpanId()
    return { traceId, spanId: this.#id, traceFlags: flags }
  }

  setAttribute(...given: Parameters<Span["setAttribute"]>): this {
    this.#foreign?.setAttribute(...given)
    return this
  }

  setAttributes(...given: Parameters<Span["setAttributes"]>): this {
    this.#foreign?.setAttributes(...given)
    return this
  }

  addEvent(...given: Parameters<Span["addEvent"]>): this {
    this.#foreign?.addEvent(...given)
    return this
  }

  addLink(...given: Parameters<Span["addLink"]>): this {
    this.#foreign?.addLink(...given)
    return this
  }

  addLinks(...given: Parameters<Span["addLinks"]>): this {
    this.#foreign?.addLinks(...given)
    return this
  }

  setStatus(status: SpanStatus): this {
    if (status.code === SpanStatusCode.ERROR) this.failure ??= "failed"
    this.#foreign?.setStatus(status)
    return this
  }

  updateName(name: string): this {
    this.#foreign?.updateName(name)
    return this
  }

  end(): void {
    this.endMs ??= this.#record.clock.monotonicMs()
    this.#foreign?.end()
  }

  isRecording(): boolean {
    return this.endMs === undefined
  }

  recordException(exception: Exception): void {
    this.failure ??= typeof exception === "object" ? (exception.name ?? "failed") : "failed"
    this.#foreign?.recordException(exception)
  }
}

/** The span of this request that whatever runs now lies in; undefined outside of requests. */
export function activeSpan(): RecordedSpan | undefined {
  const active = context.active()
  const span = trace.getSpan(active)
  if (span instanceof RecordedSpan) return span
  return span && (active.getValue(requestSpanKey) as RecordedSpan | undefined)
}
