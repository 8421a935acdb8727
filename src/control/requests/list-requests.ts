import { z } from "zod"
import { keptWindowMs } from "../../telemetry/kept-traces.ts"
import { askedStatus, type RequestSummary, type RequestsView, type RequestView } from "../../wire/admin.ts"
import { keptReasons } from "../../wire/request-trace.ts"
import type { CollectedTraces } from "../observe/trace-collector.ts"
import { joinParts, stepsOf, summaryOf } from "./join-parts.ts"

/** The query of GET /api/requests. */
export const requestFilterSchema = z.strictObject({
  kept: z.enum(keptReasons).optional(),
  status: z.string().regex(askedStatus.pattern, `a status is ${askedStatus.words}`).optional(),
  /** Took at least so long until its answer. */
  min_ms: z.coerce.number().nonnegative().optional(),
  /** Wall time in milliseconds: began at that time or later. */
  since: z.coerce.number().nonnegative().optional(),
  instance: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export type RequestFilter = z.infer<typeof requestFilterSchema>

/** The slowest first. */
export function listRequests(collected: CollectedTraces, filter: RequestFilter): RequestsView {
  const requests = joinParts(collected.parts)
    .map(summaryOf)
    .filter(request => fits(request, filter))
    .sort((a, b) => b.latencyMs - a.latencyMs)
    .slice(0, filter.limit)
  return { schema: 1, at: collected.at, windowMs: keptWindowMs, silent: [...collected.silent], requests }
}

/** By the id of a request, or of a trace: of several requests in one trace, the slowest. */
export function findRequest({ parts, silent }: CollectedTraces, id: string): RequestView | undefined {
  const requests = joinParts(parts)
  const ofTrace = () =>
    requests
      .filter(each => each[0]?.part.traceId === id)
      .sort((a, b) => (b[0]?.part.latencyMs ?? 0) - (a[0]?.part.latencyMs ?? 0))[0]
  const found = requests.find(each => each[0]?.part.requestId === id) ?? ofTrace()
  if (found === undefined) return undefined
  const omitted = found.reduce((sum, { part }) => sum + (part.omitted ?? 0), 0)
  return {
    ...{ schema: 1, ...summaryOf(found), steps: stepsOf(found), omitted },
    ...(silent.length > 0 && { silent: [...silent] }),
  }
}

function fits(request: RequestSummary, { kept, status, min_ms, since, instance }: RequestFilter): boolean {
  if (kept !== undefined && request.kept !== kept) return false
  if (status !== undefined && !new RegExp(`^${status.replace("xx", "\\d\\d")}$`).test(`${request.status}`))
    return false
  if (instance !== undefined && !request.instances.includes(instance)) return false
  return request.latencyMs >= (min_ms ?? 0) && request.at >= (since ?? 0)
}
