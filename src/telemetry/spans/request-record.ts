import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import type { Clock } from "../../kit/clock.ts"
import type { HexDigits } from "../hex-digits.ts"
import { parseTraceParent, type TraceParent } from "../trace-parent.ts"
import { RecordedSpan } from "./recorded-span.ts"

/** Of one request; more are counted. */
const mostSpans = 64

export type RequestWords = { readonly method: string; readonly traceParent: string | undefined }

/**
 * What happens within one request in this process. Everything is noted while it runs, in little memory; whether any of it is
 * kept is decided when it is over, by whoever began it.
 */
export class RequestRecord {
  readonly clock: Clock
  /** Of the app's own SDK. */
  readonly foreign: Tracer | undefined
  readonly spans: RecordedSpan[] = []
  readonly root: RecordedSpan
  /** Spans that were too many. */
  omitted = 0
  #over = false
  readonly #words: RequestWords
  readonly #hexDigits: HexDigits
  readonly #foreignRoot: Span | undefined
  #parent: TraceParent | null | undefined
  #traceId: string | undefined

  constructor(words: RequestWords, clock: Clock, hexDigits: HexDigits, foreign: Tracer | undefined) {
    this.#words = words
    this.clock = clock
    this.#hexDigits = hexDigits
    this.foreign = foreign
    this.#foreignRoot = foreign && this.#beginForeign(foreign)
    this.root = new RecordedSpan(this, undefined, words.method, undefined, this.#foreignRoot)
  }

  get traceId(): string {
    this.#traceId ??= this.#given?.traceId ?? this.#hexDigits.take(32)
    return this.#traceId
  }

  get flags(): TraceFlags {
    return this.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  }

  /** Whoever began the trace wishes it kept. */
  get sampled(): boolean {
    return this.#given?.flags === "01"
  }

  newSpanId(): string {
    return this.#hexDigits.take(16)
  }

  /** Runs the work of the request in its context. */
  run<T>(work: () => T): T {
    return context.with(this.root.within(ROOT_CONTEXT), work)
  }

  /** Whether another span may be noted. */
  admits(): boolean {
    if (this.#over) return false
    if (this.spans.length < mostSpans) return true
    this.omitted++
    return false
  }

  /** Its spans so far; what its work does later belongs to nothing. */
  end(status: number): readonly RecordedSpan[] {
    this.#over = true
    if (this.#foreignRoot !== undefined) {
      this.#foreignRoot.setAttribute("http.response.status_code", status)
      if (status >= 500) this.#foreignRoot.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.root.end()
    return this.spans.splice(0)
  }

  get #given(): TraceParent | undefined {
    if (this.#parent === undefined)
      this.#parent = (this.#words.traceParent && parseTraceParent(this.#words.traceParent)) || null
    return this.#parent ?? undefined
  }

  /**
   * A front door begins traces that nobody asked to be sampled. Under such a parent many samplers would drop everything the
   * app's SDK would have kept without us: then its trace begins here.
   */
  #beginForeign(foreign: Tracer): Span {
    const { sampled } = this
    const given = this.#given
    const options = {
      kind: SpanKind.SERVER,
      attributes: { "http.request.method": this.#words.method },
      root: !sampled,
    }
    if (!sampled || given === undefined) return foreign.startSpan(this.#words.method, options, ROOT_CONTEXT)
    const parent = {
      traceId: given.traceId,
      spanId: given.parentId,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    }
    return foreign.startSpan(this.#words.method, options, trace.setSpanContext(ROOT_CONTEXT, parent))
  }
}
