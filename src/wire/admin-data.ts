import { z } from "zod"

/** A statement's values left out; what all its runs cost since the server's statistics began. */
export const statementCostSchema = z.strictObject({
  text: z.string(),
  calls: z.number(),
  totalMs: z.number(),
  meanMs: z.number(),
  maxMs: z.number(),
  rows: z.number(),
})
export type StatementCostView = z.infer<typeof statementCostSchema>

export const runningStatementSchema = z.strictObject({
  pid: z.number(),
  user: z.string(),
  application: z.string(),
  /** As Postgres calls it: `active`, `idle in transaction`. */
  state: z.string(),
  forMs: z.number(),
  /** What it waits for, such as `Lock: relation`. */
  waitsFor: z.string().optional(),
  text: z.string(),
})
export type RunningStatementView = z.infer<typeof runningStatementSchema>

/** A database server, as it says itself. */
export const databaseServerSchema = z.strictObject({
  /** An instance's, or `host:port` of a server that is not Banyan's. */
  id: z.string(),
  /** Why it says nothing; then the rest is missing. */
  problem: z.string().optional(),
  role: z.enum(["primary", "replica"]).optional(),
  version: z.string().optional(),
  timeline: z.number().optional(),
  position: z.string().optional(),
  /** Behind the primary. */
  lagBytes: z.number().optional(),
  lagMs: z.number().optional(),
  sizeBytes: z.number().optional(),
  /** `most`: that it takes at all. */
  connections: z.strictObject({ used: z.number(), most: z.number() }).optional(),
  running: z.array(runningStatementSchema).optional(),
  /** The dearest first. */
  statements: z.array(statementCostSchema).optional(),
  /** Why there are none. */
  statementsMissing: z.string().optional(),
})
export type DatabaseServerView = z.infer<typeof databaseServerSchema>

/** GET /api/data: asked of every server when it is asked for. */
export const dataTierViewSchema = z.strictObject({
  schema: z.literal(1),
  engine: z.enum(["embedded", "external", "none"]),
  /** Connections that all web instances together may have to each server. */
  connectionBudget: z.number(),
  /** Whether statements can be asked, and as whom. */
  sql: z.strictObject({ user: z.string().optional(), refused: z.string().optional() }),
  servers: z.array(databaseServerSchema),
})
export type DataTierView = z.infer<typeof dataTierViewSchema>

/** GET /api/backups: what `npx banyan backup list` lists. */
export const backupsViewSchema = z.strictObject({
  schema: z.literal(1),
  /** Missing: none is configured. */
  target: z.string().optional(),
  backups: z.array(
    z.object({
      name: z.string(),
      startedAtMs: z.number(),
      endedAtMs: z.number(),
      bytes: z.number(),
      storedBytes: z.number(),
      timeline: z.number(),
    }),
  ),
  /** Until when the log is archived. */
  archivedToMs: z.number().optional(),
  /** Why nobody knows. */
  problem: z.string().optional(),
})
export type BackupsView = z.infer<typeof backupsViewSchema>

/** Of the body of POST /api/sql, and of what comes back. */
export const sqlLimits = {
  longestText: 4_000,
  mostRows: 1_000,
  mostBytes: 1 << 20,
  longestMs: 60_000,
} as const

export const sqlRequestSchema = z.strictObject({
  sql: z.string().max(sqlLimits.longestText),
  /** An id, `primary`, or `replica`; a replica when there is one and nothing is said. */
  instance: z.string().max(300).optional(),
  mostRows: z.int().min(1).max(sqlLimits.mostRows).default(100),
  timeoutMs: z.int().min(1).max(sqlLimits.longestMs).default(5_000),
})
export type SqlRequest = z.infer<typeof sqlRequestSchema>

/** POST /api/sql: the answer of one statement that only reads. */
export const sqlAnswerSchema = z.strictObject({
  instance: z.string(),
  role: z.enum(["primary", "replica"]),
  /** `type` as Postgres calls its own, such as `int8`; empty of others. */
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  /** As the server writes them. */
  rows: z.array(z.array(z.string().nullable())),
  /** What cut it short; missing: that is all. */
  cutBy: z.enum(["rows", "bytes"]).optional(),
  tookMs: z.number(),
})
export type SqlAnswer = z.infer<typeof sqlAnswerSchema>
