import { z } from "zod"
import { levelFamilies, logLevels, requestIdPattern } from "./log-line.ts"

/** Whose logs; `control` is the supervisor, the agent and what they start for themselves. */
export const logTiers = ["edge", "web", "data", "control"] as const
export type LogTier = (typeof logTiers)[number]
/** Lines of the access log, and all others. */
export const logKinds = ["requests", "messages"] as const

/** In an address: `level=warn,error`. */
const several = <T extends z.ZodType<string, string>>(each: T) =>
  z
    .string()
    .transform(text => text.split(","))
    .pipe(z.array(each).max(200))
    .optional()

/** What a reader wants of all logs; a part that is left out leaves nothing out. */
export const logFilterSchema = z.strictObject({
  tier: several(z.enum(logTiers)),
  /** Names of logs: instances, `supervisor`, `agent`. */
  of: several(z.string().max(100)),
  level: several(z.enum(levelFamilies)),
  kind: z.enum(logKinds).optional(),
  /** Somewhere in the line, as it was written; upper or lower case. */
  q: z.string().max(200).optional(),
  /** A request's id or its trace's: lines that name it. */
  request: z.string().regex(requestIdPattern).optional(),
})
export type LogFilter = z.infer<typeof logFilterSchema>

/** GET /api/logs: the query. */
export const logQuerySchema = logFilterSchema.extend({
  /** How many lines that are written already to begin with. */
  lines: z.coerce.number().int().min(0).max(10_000).default(2_000),
})
export type LogQuery = z.infer<typeof logQuerySchema>

export const logLineSchema = z.strictObject({
  /** Whose log it stands in. */
  id: z.string(),
  at: z.number().optional(),
  level: z.enum(logLevels).optional(),
  /** As it was written; what is no UTF-8 is U+FFFD. */
  line: z.string(),
  /** So much longer it is. */
  cutBytes: z.number().optional(),
})
export type LogLine = z.infer<typeof logLineSchema>

/**
 * The data of each event of GET /api/logs (server-sent events). `Last-Event-ID` goes on behind that event, also after
 * another supervisor has started. An event without lines says that the reader is still heard.
 */
export const logBatchSchema = z.strictObject({
  /** In the order of time, as far as they tell it. */
  lines: z.array(logLineSchema),
  /** So many more fitted; a reader gets so many at a time and no more. */
  leftOut: z.number(),
  /** So much was not even looked at, because more is written than is read. */
  unreadBytes: z.number(),
  /** Whose logs there are, when that is news. */
  logs: z.array(z.string()).optional(),
  /** With the first lines: whether nothing older fits. */
  isWhole: z.boolean().optional(),
})
export type LogBatch = z.infer<typeof logBatchSchema>
