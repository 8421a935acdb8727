import { z } from "zod"

export const drillSchema = z.strictObject({
  name: z.string(),
  claim: z.string(),
  /** What it wants of the machine. */
  needs: z.string().optional(),
  /** Of its short form, where it was measured. */
  shortSeconds: z.number().optional(),
})
export type DrillView = z.infer<typeof drillSchema>

export const drillRequestSchema = z.strictObject({
  name: z.string().regex(/^[a-z-]{1,64}$/),
  short: z.boolean().default(true),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
})
export type DrillRequest = z.infer<typeof drillRequestSchema>

/** How a drill ended, as its process wrote it down. `verdict` is missing where it was interrupted, or broke. */
export const drillEndSchema = z.strictObject({
  endedAtMs: z.number(),
  /** The command's, as docs/cli.md lists them; null: a signal ended it. */
  code: z.number().nullable(),
  verdict: z.enum(["passed", "failed", "incomplete", "invalid"]).optional(),
  n: z.number().optional(),
  requests: z.number().optional(),
  failed: z.number().optional(),
})
export type DrillEnd = z.infer<typeof drillEndSchema>

export const drillRunSchema = z.strictObject({
  /** `climb-1764000000000`. */
  id: z.string(),
  name: z.string(),
  short: z.boolean(),
  seed: z.number(),
  startedAtMs: z.number(),
  /** `lost`: its process is gone, and nobody wrote down how it ended. */
  state: z.enum(["running", "ended", "lost"]),
  end: drillEndSchema.optional(),
})
export type DrillRunView = z.infer<typeof drillRunSchema>

/** GET /api/drills: what `npx banyan drill --list` lists, and the runs that this API began, newest first. */
export const drillsViewSchema = z.strictObject({
  schema: z.literal(1),
  drills: z.array(drillSchema),
  runs: z.array(drillRunSchema),
})
export type DrillsView = z.infer<typeof drillsViewSchema>

/** GET /api/drills/:id/output?after=: what it has said from that byte on, at most 64 KiB of whole lines. */
export const drillOutputSchema = z.strictObject({ schema: z.literal(1), text: z.string(), next: z.number() })
export type DrillOutput = z.infer<typeof drillOutputSchema>
