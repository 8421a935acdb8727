import { messageOf } from "../../../kit/errors.ts"
import { wasOrdered } from "./lost-work.ts"
import type { PoolOptions } from "./pool-options.ts"

/** The log's words for a server that is away: a fault, or what somebody has ordered. */
export function tellTrouble(log: PoolOptions["log"], server: string, waits: boolean, error: unknown): void {
  const consequence = waits ? "new work waits" : "new work goes elsewhere"
  if (wasOrdered(error)) log.info({ reason: messageOf(error) }, `${server} was told to end; ${consequence}`)
  else log.error({ err: error }, `${server} does not answer; ${consequence}`)
}
