import { z } from "zod"
import { count } from "./admin-state.ts"

/** Of the admin API: the load that the service's own generator puts on it. */

/** Requests a second, and how long it goes on when nobody ends it. */
export const loadBounds = { leastRps: 1, mostRps: 1_000, forMs: 30 * 60_000 } as const

export const loadViewSchema = z.strictObject({
  state: z.enum(["off", "preparing", "running"]),
  /** As asked for; requests leave on time, whatever the answers do. */
  rps: z.number(),
  /** What is asked: Beigel's users, or `GET /` of any other service. */
  mix: z.enum(["beigel", "root"]).optional(),
  sinceMs: z.number().optional(),
  /** It ends by itself then. */
  untilMs: z.number().optional(),
  /** The last second, as the generator saw it from outside; times in milliseconds. */
  last: z
    .strictObject({
      at: z.number(),
      sentPerSecond: z.number(),
      failedPerSecond: z.number(),
      p95: z.number(),
      outstanding: count,
    })
    .optional(),
  /** Since it was started. */
  totals: z.strictObject({ sent: count, ok: count, failed: count }),
  /** The last failures, in words. */
  failures: z.array(z.string()),
  /** Why it ended before its time. */
  problem: z.string().optional(),
})
/** GET /api/load, and the event `load`, once a second while there is any. */
export type LoadView = z.infer<typeof loadViewSchema>
