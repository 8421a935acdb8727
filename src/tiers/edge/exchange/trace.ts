import type { HexDigits } from "../../../telemetry/hex-digits.ts"
import { parseTraceParent } from "../../../telemetry/trace-parent.ts"

export type Trace = {
  readonly traceId: string
  /** The value to send on: the same trace, a span of our own. */
  readonly traceparent: string
  /** Whether it goes on from the client's trace; only then its tracestate means anything. */
  readonly continued: boolean
  /** Whoever began it wishes it kept. */
  readonly sampled: boolean
}

/** Goes on with a well-formed trace of the client, or starts one. */
export function traceOf(received: readonly string[], digits: HexDigits): Trace {
  const given = received.length === 1 ? parseTraceParent(received[0]!) : undefined
  const traceId = given?.traceId ?? digits.take(32)
  const flags = given?.flags ?? "00"
  return {
    traceId,
    traceparent: `00-${traceId}-${digits.take(16)}-${flags}`,
    continued: given !== undefined,
    sampled: flags === "01",
  }
}
