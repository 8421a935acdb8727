import { z } from "zod"

/** Who asks, in their own words: `command-line`, `console`; and the name they go by on their machine. */
export const callerHeaders = { client: "banyan-client", user: "banyan-user" } as const

/**
 * One thing that somebody asked for: what, when, who, and what came of the asking. Everybody shows the same token, so who
 * they are is what they say.
 */
export const auditEntrySchema = z.strictObject({
  at: z.number(),
  client: z.string(),
  user: z.string().optional(),
  /** In the words of the command line: `scale web=4`, `kill web-2`, `sql postgres-2: select 1`. */
  what: z.string(),
  outcome: z.enum(["accepted", "needless", "refused"]),
  /** The plan that it became. */
  plan: z.string().optional(),
  /** Of a statement: rows that came back. */
  rows: z.number().optional(),
  /** Why it was refused. */
  code: z.string().optional(),
  reason: z.string().optional(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** GET /api/audit: newest first; kept on disk, so it outlives supervisors. */
export const auditViewSchema = z.strictObject({ schema: z.literal(1), entries: z.array(auditEntrySchema) })
export type AuditView = z.infer<typeof auditViewSchema>
