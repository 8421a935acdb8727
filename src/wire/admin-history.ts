import { z } from "zod"
import { stageNames } from "../topology/topology.ts"
import { loadViewSchema } from "./admin-load.ts"
import {
  certificateOrderViewSchema,
  count,
  databasesViewSchema,
  frontCountsSchema,
  instanceViewSchema,
  planViewSchema,
  stateViewSchema,
} from "./admin-state.ts"
import { epochSchema } from "./epoch.ts"

/** Of the admin API: what was, what could be, and what happens, as it happens. */

/** What one tier did and held; `cpu` is a share of one core, of its busiest process and of all together. */
export const tierSampleSchema = z.strictObject({
  instances: count,
  requestsPerSecond: z.number(),
  outstanding: count,
  cpu: z.strictObject({ busiest: z.number(), all: z.number() }).optional(),
  memoryMb: z.number().optional(),
})
export type TierSample = z.infer<typeof tierSampleSchema>

/** One moment of the charts: rates since the sample before, quantiles over roughly the last ten seconds. */
export const sampleSchema = z.strictObject({
  at: z.number(),
  requestsPerSecond: z.number(),
  /** Answers with 5xx and requests without a whole answer. */
  failedPerSecond: z.number(),
  latencyMs: z.strictObject({ p50: z.number(), p95: z.number(), p99: z.number() }),
  /** By tier, as instances name theirs. */
  tiers: z.record(z.string(), tierSampleSchema),
})
export type Sample = z.infer<typeof sampleSchema>

/** The same of each instance, live only. */
export const instanceSampleSchema = tierSampleSchema.omit({ instances: true, cpu: true }).extend({
  cpu: z.number().optional(),
})
export type InstanceSample = z.infer<typeof instanceSampleSchema>

/** GET /api/history: oldest first; the nearer, the denser. Kept in memory: a new supervisor begins anew. */
export const historyViewSchema = z.strictObject({
  schema: z.literal(1),
  /** When this supervisor began to look. */
  sinceMs: z.number(),
  samples: z.array(sampleSchema),
})
export type HistoryView = z.infer<typeof historyViewSchema>

export const timelineEntrySchema = z.strictObject({
  at: z.number(),
  kind: z.enum(["plan", "crash", "failover", "switchover", "supervisor", "fault"]),
  words: z.string(),
  /** With its steps, as it stands or ended. */
  plan: planViewSchema.optional(),
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>

/** GET /api/timeline: newest first; kept in memory, so it begins with the supervisor. */
export const timelineViewSchema = z.strictObject({
  schema: z.literal(1),
  sinceMs: z.number(),
  entries: z.array(timelineEntrySchema),
})
export type TimelineView = z.infer<typeof timelineViewSchema>

/** GET /api/ladder: where grow, shrink and scale can lead. */
export const ladderViewSchema = z.strictObject({
  schema: z.literal(1),
  stages: z.array(
    z.strictObject({
      name: z.enum(stageNames),
      adds: z.string(),
      costs: z.string(),
      /** Of each group, as the stage begins. */
      instances: z.record(z.string(), count),
      /** What can be scaled there, and how far. */
      scales: z.record(z.string(), z.strictObject({ least: count, most: count })),
      /** What it took when it last ran settled, while this supervisor lived. */
      measured: z.strictObject({ processes: count, memoryMb: z.number(), atMs: z.number() }).optional(),
    }),
  ),
})
export type LadderView = z.infer<typeof ladderViewSchema>

/** Events of GET /api/events, in order; `id:` is a sequence number to resume after. */
export const eventViewSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("instance"), at: z.number(), instance: instanceViewSchema }),
  z.strictObject({ type: z.literal("gone"), at: z.number(), id: z.string(), reason: z.string() }),
  z.strictObject({ type: z.literal("plan"), at: z.number(), plan: planViewSchema }),
  z.strictObject({
    type: z.literal("certificate-order"),
    at: z.number(),
    order: certificateOrderViewSchema,
  }),
  z.strictObject({ type: z.literal("databases"), at: z.number(), databases: databasesViewSchema }),
  z.strictObject({ type: z.literal("map"), at: z.number(), epoch: epochSchema }),
  z.strictObject({ type: z.literal("traffic"), at: z.number(), traffic: stateViewSchema.shape.traffic }),
  z.strictObject({
    type: z.literal("sample"),
    at: z.number(),
    sample: sampleSchema,
    instances: z.record(z.string(), instanceSampleSchema),
    /** Since this control plane started and the living were born. */
    totals: frontCountsSchema,
  }),
  z.strictObject({ type: z.literal("load"), at: z.number(), load: loadViewSchema }),
  /** Somebody made an instance stand still, or it goes on. */
  z.strictObject({
    type: z.literal("fault"),
    at: z.number(),
    id: z.string(),
    fault: z.enum(["freeze", "thaw"]),
    words: z.string(),
  }),
  /** The client asked to resume from before what is kept: it must read /api/state anew. */
  z.strictObject({ type: z.literal("gap"), at: z.number() }),
])
export type EventView = z.infer<typeof eventViewSchema>
