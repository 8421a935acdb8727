import type { RequestHead } from "../../../http1/index.ts"
import { maskedTarget } from "../../../telemetry/masked.ts"
import type { TracePart, TraceStep } from "../../../wire/request-trace.ts"
import type { Try } from "./attempts.ts"

/** A try more often than this is told of as a number. */
const mostTries = 20

/** What a front door saw of a request that is over. Times are monotonic but `at`. */
export type SeenRequest = Pick<TracePart, "requestId" | "traceId" | "kept" | "at" | "status"> & {
  readonly head: Pick<RequestHead, "method" | "target">
  readonly startedMs: number
  /** Undefined: no answer began. */
  readonly answeredMs: number | undefined
  readonly endedMs: number
  readonly tries: readonly Try[]
  readonly error: string | undefined
}

/** Its part of the trace: receive, then for each try the queue and the backend, then the answer. */
export function edgePart(seen: SeenRequest): TracePart {
  const { requestId, traceId, kept, at, head, status, startedMs, endedMs, tries, error } = seen
  const answeredMs = seen.answeredMs ?? endedMs
  const steps: TraceStep[] = []
  const add = (name: string, fromMs: number, toMs: number, more: Partial<TraceStep> = {}) =>
    steps.push({ name, startMs: fromMs - startedMs, durationMs: Math.max(0, toMs - fromMs), ...more })
  const [first] = tries
  const soughtMs = first?.queuedMs ?? first?.grantedMs ?? answeredMs
  if (soughtMs > startedMs) add("receive", startedMs, soughtMs)
  for (const each of tries.slice(0, mostTries)) {
    const untilMs = Math.min(each.endedMs, each.failure === undefined ? answeredMs : each.endedMs)
    const { queuedMs, grantedMs, backend, failure } = each
    if (queuedMs !== undefined) add("queue", queuedMs, grantedMs ?? untilMs)
    if (grantedMs !== undefined)
      add("try", grantedMs, untilMs, {
        details: { backend },
        ...(failure !== undefined && { error: failure }),
      })
  }
  if (seen.answeredMs !== undefined) add("answer", answeredMs, endedMs)
  return {
    ...{ requestId, traceId, role: "edge", kept, at },
    latencyMs: answeredMs - startedMs,
    durationMs: endedMs - startedMs,
    method: head.method.slice(0, 100),
    target: maskedTarget(head.target),
    status,
    ...(error !== undefined && { error: error.slice(0, 300) }),
    steps,
    ...(tries.length > mostTries && { omitted: tries.length - mostTries }),
  }
}
