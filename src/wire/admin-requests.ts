import { z } from "zod"
import { keptReasons } from "./request-trace.ts"

/** Of the admin API: the requests that somebody kept, slowest first, and one of them with its steps. */

export const requestSummarySchema = z.strictObject({
  requestId: z.string(),
  traceId: z.string(),
  at: z.number(),
  method: z.string(),
  /** Path and names of parameters, without their values. */
  target: z.string(),
  /** 0: there was no answer. */
  status: z.int().nonnegative(),
  /** Until the head of the answer; `durationMs`: until its end. */
  latencyMs: z.number().nonnegative(),
  durationMs: z.number().nonnegative(),
  kept: z.enum(keptReasons),
  /** Who kept something of it: front doors, then web instances. */
  instances: z.array(z.string()),
  /** Attempts that failed before the one that counted. */
  retries: z.int().nonnegative(),
  error: z.string().optional(),
})
export type RequestSummary = z.infer<typeof requestSummarySchema>

/** What a request was answered with, as one asks for it: `503`, `5xx`; `0`: those without an answer. */
export const askedStatus = {
  pattern: /^([1-5](xx|\d\d)|0)$/,
  words: "503, 5xx or 0",
} as const

/** GET /api/requests?kept=failed&status=5xx&min_ms=100&since=...&limit=100 */
export const requestsViewSchema = z.strictObject({
  schema: z.literal(1),
  at: z.number(),
  /** So far back requests are kept. */
  windowMs: z.number(),
  /** Instances that did not answer in time; what they kept is missing. */
  silent: z.array(z.string()),
  requests: z.array(requestSummarySchema),
})
export type RequestsView = z.infer<typeof requestsViewSchema>

/** A bar of the waterfall; `depth` says how far it lies within others, which stand before it. */
export const requestStepSchema = z.strictObject({
  instance: z.string(),
  role: z.enum(["edge", "web"]),
  name: z.string(),
  depth: z.int().nonnegative(),
  /** Counted from the start of the request. */
  startMs: z.number().nonnegative(),
  durationMs: z.number().nonnegative(),
  details: z.record(z.string(), z.string()).optional(),
  error: z.string().optional(),
})
export type RequestStep = z.infer<typeof requestStepSchema>

/** GET /api/requests/:id, by the id of the request or of its trace. */
export const requestViewSchema = requestSummarySchema.extend({
  schema: z.literal(1),
  steps: z.array(requestStepSchema),
  /** Steps that were too many to keep. */
  omitted: z.int().nonnegative(),
  /** Who did not answer in time: what is kept there is missing. Left out where everybody did. */
  silent: z.array(z.string()).optional(),
})
export type RequestView = z.infer<typeof requestViewSchema>
