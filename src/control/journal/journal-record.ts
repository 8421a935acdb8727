import { z } from "zod"
import { groupOf, type InstanceId } from "../../topology/topology.ts"
import { planViewSchema } from "../../wire/admin.ts"
import { epochSchema } from "../../wire/epoch.ts"
import { serviceMapSchema } from "../../wire/map.ts"
import { overridesSchema, topologySchema } from "../overrides.ts"

const stepRefSchema = z.strictObject({
  kind: planViewSchema.shape.phases.element.element.shape.kind,
  id: z.string(),
})

/**
 * What a plan was begun with: enough for the next control plane to finish it, or to finish taking it back.
 *
 * - `change`: somebody asked for it; a start that fails takes it back to `previous`.
 * - `repair`: the world moved; tried again until it works.
 * - `down`: everything ends.
 */
export const planStartSchema = z.strictObject({
  type: z.literal("plan-start"),
  kind: z.enum(["change", "repair", "down"]),
  plan: planViewSchema,
  desired: topologySchema,
  previous: topologySchema,
  /** What the overrides file says with this plan, and what it said before. */
  overrides: overridesSchema.nullable(),
  previousOverrides: overridesSchema.nullable(),
  drainTimeoutMs: z.int().positive(),
  /** Who shall be the primary when it has ended; absent: whoever it is. */
  primary: z
    .string()
    .refine((id): id is InstanceId => groupOf(id) === "postgres")
    .optional(),
  /** Which life of whom somebody asked to leave, or to begin anew. */
  asked: z
    .strictObject({
      what: z.enum(["leave", "restart"]),
      id: z.string().refine((id): id is InstanceId => groupOf(id) !== undefined),
      startedAtMs: z.number(),
      atMs: z.number(),
    })
    .optional(),
})
export type PlanStart = z.infer<typeof planStartSchema>

const errorSchema = z.strictObject({ code: z.string(), message: z.string(), todo: z.string() })

/** Everything control writes down, before it acts (`intent`, `map`, `start`) or after (`done`, `failed`). */
export const journalRecordSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("term-start"), term: z.int().positive(), atMs: z.number() }),
  planStartSchema,
  z.strictObject({ type: z.literal("step-intent"), plan: z.string(), steps: z.array(stepRefSchema) }),
  z.strictObject({ type: z.literal("step-done"), plan: z.string(), step: stepRefSchema }),
  z.strictObject({
    type: z.literal("step-failed"),
    plan: z.string(),
    step: stepRefSchema,
    error: errorSchema,
  }),
  z.strictObject({ type: z.literal("plan-undoing"), plan: z.string(), error: errorSchema }),
  z.strictObject({
    type: z.literal("plan-end"),
    plan: z.string(),
    state: z.enum(["done", "undone", "failed"]),
    /** The plan as it was shown last. */
    view: planViewSchema,
  }),
  z.strictObject({ type: z.literal("map"), epoch: epochSchema, map: serviceMapSchema }),
])
export type JournalRecord = z.infer<typeof journalRecordSchema>
