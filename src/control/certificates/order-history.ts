import { z } from "zod"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { noOrders } from "../plan/renewal.ts"

const keptHistorySchema = z.strictObject({
  failures: z.int().nonnegative(),
  interruptions: z.int().nonnegative(),
  lastAtMs: z.number(),
  underWay: z.boolean(),
  notBeforeMs: z.number(),
  spread: z.number().min(0).max(1),
  /** Why the last one came to nothing. */
  problem: z.strictObject({ code: z.string(), message: z.string(), todo: z.string() }).optional(),
})
/** An `OrderHistory`, and in words why the last order came to nothing. */
export type KeptHistory = z.infer<typeof keptHistorySchema>

export interface OrderHistoryStore {
  read(): KeptHistory
  /** Throws when it cannot be written. */
  write(history: KeptHistory): void
}

/** The history in a file. One that cannot be read is none: the authority has limits of its own. */
export function fileOrderHistory(path: string): OrderHistoryStore {
  return {
    read: () => readJsonFile(path, keptHistorySchema) ?? noOrders,
    write: history => writeFileAtomic(path, `${JSON.stringify(history, undefined, 2)}\n`),
  }
}
