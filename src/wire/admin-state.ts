import { z } from "zod"
import { groupNames, stageNames } from "../topology/topology.ts"
import { epochSchema } from "./epoch.ts"
import { certificateReportSchema, manifestSchema } from "./report.ts"

/** Of the admin API: what is now, what is asked for, and the plan between them. */

/** A wished change of topology. */
export const changeSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("grow") }),
  z.strictObject({ type: z.literal("shrink") }),
  z.strictObject({
    type: z.literal("scale"),
    instances: z.partialRecord(z.enum(groupNames), z.int().min(0).max(64)),
  }),
  /** Forget what grow and scale said: back to the configuration file. */
  z.strictObject({ type: z.literal("apply") }),
  /** Another database becomes the primary; without a name the replica that is furthest. */
  z.strictObject({ type: z.literal("switchover"), to: z.string().optional() }),
  /** Another process takes this one's place before it leaves; a database is started again while others stand in for it. */
  z.strictObject({ type: z.literal("restart"), id: z.string() }),
  /** One fewer, and this is the one that leaves. */
  z.strictObject({ type: z.literal("drain"), id: z.string() }),
])
export type Change = z.infer<typeof changeSchema>

/** What a plan can be shown of before it happens: a change, or what would be mended if a process ended now. */
export const previewSchema = z.discriminatedUnion("type", [
  ...changeSchema.options,
  z.strictObject({ type: z.literal("kill"), id: z.string() }),
])
export type Preview = z.infer<typeof previewSchema>

/** What an instance may be sent. */
export const killSignals = [
  "SIGKILL",
  "SIGTERM",
  "SIGINT",
  "SIGQUIT",
  "SIGSTOP",
  "SIGCONT",
  "SIGHUP",
] as const
export type KillSignal = (typeof killSignals)[number]

/** How long an instance may be made to stand still. */
export const freezeBounds = { leastMs: 100, mostMs: 60_000, defaultMs: 5_000 } as const

export const stepViewSchema = z.strictObject({
  kind: z.enum([
    ...["start", "route", "attach", "quorum", "open", "close", "drain", "stop", "detach", "kill", "forget"],
    ...["fail-over", "switch-over"],
  ] as const),
  id: z.string(),
  /** Why, as one named sentence: the same words on every surface. */
  reason: z.string(),
  state: z.enum(["pending", "running", "done", "failed", "undone"]),
  tookMs: z.number().optional(),
  error: z.string().optional(),
})
export type StepView = z.infer<typeof stepViewSchema>

export const planViewSchema = z.strictObject({
  id: z.string(),
  /** What asked for it: `grow`, `web-2 exited (SIGKILL)`. */
  trigger: z.string(),
  from: z.enum(stageNames),
  to: z.enum(stageNames),
  /** Steps of a phase run side by side; phases one after the other. */
  phases: z.array(z.array(stepViewSchema)),
  state: z.enum(["proposed", "running", "done", "undoing", "undone", "failed"]),
  startedAtMs: z.number().optional(),
  finishedAtMs: z.number().optional(),
  error: z.strictObject({ code: z.string(), message: z.string(), todo: z.string() }).optional(),
})
export type PlanView = z.infer<typeof planViewSchema>

export const instanceViewSchema = z.strictObject({
  id: z.string(),
  /** Which part of a request's way it is: `edge`, `web`, `data`; `edge+web` in stage single. */
  tier: z.string(),
  /** `primary` or `replica` of a database; the roles of the others, joined by `+`. */
  role: z.string(),
  state: z.enum(["starting", "ready", "draining", "exited"]),
  pid: z.number().optional(),
  address: z.string(),
  version: z.string(),
  startedAtMs: z.number(),
  outstanding: z.number(),
  requests: z.number(),
  progress: z.string().optional(),
  /** What it and its descendants hold, and what it may, in MiB; absent when nobody can tell, or nothing is said. */
  memoryMb: z.number().optional(),
  memoryLimitMb: z.number().optional(),
  /** Of a database that answers, as its server says. `position`: in its log, `0/3000028`. Lag: behind whom it follows. */
  database: z
    .strictObject({
      timeline: z.number(),
      position: z.string(),
      follows: z.string().optional(),
      streaming: z.boolean().optional(),
      lagBytes: z.number().optional(),
      lagMs: z.number().optional(),
    })
    .optional(),
  /** Its way to the database, where it has one: connections, and who waits for one. */
  pool: z.strictObject({ connections: z.int(), waiting: z.int(), healthy: z.boolean() }).optional(),
  /** What should be known of it although it serves: its memory limit is too small, or settings wait for its restart. */
  warning: z.string().optional(),
  /** Lines of errors in its log, of the last minute. Absent: none, or nobody counts them. */
  errorsLastMinute: z.int().positive().optional(),
  /** Somebody made it stand still until then. */
  frozenUntilMs: z.number().optional(),
})
export type InstanceView = z.infer<typeof instanceViewSchema>

export const count = z.int().nonnegative()

/** What front doors have counted. */
export const frontCountsSchema = z.strictObject({
  requests: count,
  /** By status class: `{ "2xx": 10 }`. */
  answers: z.record(z.string(), count),
  /** Of these, what front doors answered themselves, by the error's code. */
  refusals: z.record(z.string(), count),
  /** Requests that ended without a whole answer. */
  aborted: count,
  retries: count,
})
export type FrontCounts = z.infer<typeof frontCountsSchema>

/** The databases together. */
export const databasesViewSchema = z.strictObject({
  primary: z.string(),
  timeline: z.number(),
  /** Whose acknowledgement commits wait for; unsettled while that is being changed. */
  quorum: z.strictObject({
    members: z.array(z.string()),
    acks: z.number(),
    isSettled: z.boolean(),
    /** How many of them receive the primary's log and answer: with fewer than `acks` every write waits. */
    following: z.number().optional(),
  }),
  isPaused: z.boolean().optional(),
  /** The last one. `parts`: milliseconds by what they went into. */
  promotion: z
    .object({
      id: z.string(),
      former: z.string(),
      timeline: z.number(),
      why: z.enum(["fail-over", "switch-over"]),
      atMs: z.number(),
      parts: z.record(z.string(), z.number()),
    })
    .optional(),
  /** The primary is lost, and no replica may take its place. */
  refused: z.strictObject({ former: z.string(), reason: z.string(), atMs: z.number() }).optional(),
  /** The copy that was made anew last, and why it could not stay as it was. */
  rebuilt: z.strictObject({ id: z.string(), reason: z.string(), atMs: z.number() }).optional(),
})
export type DatabasesView = z.infer<typeof databasesViewSchema>

/** A certificate that is ordered by ACME: what is there, what happened last, what comes next. */
export const certificateOrderViewSchema = z.strictObject({
  domains: z.array(z.string()),
  directoryUrl: z.string(),
  state: z.enum(["waiting", "ordering"]),
  /** When the next order is due; with nothing to renew that is long before the certificate ends. */
  nextAtMs: z.number(),
  /** Of the certificate that is there; missing: there is none yet. */
  notAfterMs: z.number().optional(),
  /** When the last order was begun, or ended. */
  lastAtMs: z.number().optional(),
  /** Why the last order came to nothing. */
  problem: z.strictObject({ code: z.string(), message: z.string(), todo: z.string() }).optional(),
})
export type CertificateOrderView = z.infer<typeof certificateOrderViewSchema>

export const stateViewSchema = z.strictObject({
  schema: z.literal(1),
  /** The number of the last event that is in it: `Last-Event-ID` of who wants all that comes after. */
  seq: count.optional(),
  stage: z.enum(stageNames),
  desired: z.strictObject({ stage: z.enum(stageNames), instances: z.record(z.string(), z.number()) }),
  /** Desired and observed are equal and no plan runs. */
  settled: z.boolean(),
  epoch: epochSchema,
  service: z.strictObject({ name: z.string(), url: z.string(), httpsUrl: z.string().optional() }),
  supervisor: z.strictObject({ pid: z.number(), startedAtMs: z.number() }),
  instances: z.array(instanceViewSchema),
  /** What the newest instance says of the app it hosts; null before one has loaded it. */
  app: manifestSchema.nullable(),
  /** Over roughly the last ten seconds, all edges together. */
  traffic: z.strictObject({
    requestsPerSecond: z.number(),
    errorsPerSecond: z.number(),
    latencyMs: z.strictObject({ p50: z.number(), p95: z.number().optional(), p99: z.number() }),
  }),
  /** Of all front doors, also of those that have gone, since this control plane started and the living were born. */
  totals: frontCountsSchema,
  /** Each front door that runs, since its birth. */
  fronts: z.array(
    frontCountsSchema.extend({
      id: z.string(),
      state: z.enum(["closed", "open", "draining", "drained"]),
      connections: count,
      outstanding: count,
      latencyMs: z.strictObject({ p50: z.number(), p99: z.number() }),
    }),
  ),
  plan: planViewSchema.nullable(),
  lastPlan: planViewSchema.nullable(),
  /** Left out with one database that was never promoted. */
  databases: databasesViewSchema.optional(),
  /** What the open front doors serve TLS with; of each file the one that is worst off. Left out without TLS. */
  certificates: z.array(certificateReportSchema).optional(),
  /** Left out where no certificate is ordered by ACME. */
  certificateOrder: certificateOrderViewSchema.optional(),
  /** What keeps the control plane from acting at this moment: its journal cannot be written. */
  trouble: z.strictObject({ code: z.string(), message: z.string(), todo: z.string() }).optional(),
})
export type StateView = z.infer<typeof stateViewSchema>

/** Body of every answer with a status of 400 or above. */
export const errorViewSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    fault: z.enum(["user", "system"]),
    message: z.string(),
    todo: z.string(),
  }),
})
export type ErrorView = z.infer<typeof errorViewSchema>
