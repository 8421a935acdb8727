import { z } from "zod"

const text = z.string().max(4096)
const count = z.int().nonnegative()
const milliseconds = z.number().nonnegative()

/** Why a process kept what it saw of a request. A request may be several of these; the first in this order is told. */
export const keptReasons = ["failed", "retried", "sampled", "slow"] as const

/** Something that took time within a request: a try of a backend, a statement, waiting at the gate, a span of the app's own. */
export const traceStepSchema = z.strictObject({
  /** `receive`, `queue`, `try`, `answer` at an edge; `query`, `gate` in a web instance; else a span's name. */
  name: text,
  /** Counted from the part's own start. */
  startMs: milliseconds,
  durationMs: milliseconds,
  /** Index of the step it lies in; left out: the part itself. */
  parent: count.optional(),
  /** `backend`, `sql`, `server`, `reason`. No values of parameters. */
  details: z.record(z.string(), text).optional(),
  /** A code (BN2203, SQLSTATE 40001), or a few words. */
  error: text.optional(),
})
export type TraceStep = z.infer<typeof traceStepSchema>

/** What one process saw of one request. */
export const tracePartSchema = z.strictObject({
  requestId: text,
  /** As in W3C Trace Context. */
  traceId: text,
  role: z.enum(["edge", "web"]),
  kept: z.enum(keptReasons),
  /** Wall time of its start. */
  at: z.number(),
  /** Until the head of the answer: so that downloads and streams are not the slowest of all. */
  latencyMs: milliseconds,
  durationMs: milliseconds,
  method: text,
  /** Path and names of parameters, without their values. */
  target: text,
  /** 0: there was no answer. */
  status: count,
  error: text.optional(),
  steps: z.array(traceStepSchema),
  /** Steps that were too many to keep. */
  omitted: count.optional(),
})
export type TracePart = z.infer<typeof tracePartSchema>
