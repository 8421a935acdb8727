import { messageOf } from "../../../kit/errors.ts"
import { wasOrdered } from "./lost-work.ts"
import type { PoolOptions } from "./pool-options.ts"

type Awayness = {
  /** Work waits for its return; else somebody else does it. */
  readonly waits: boolean
  /** It was known that it will end, however that looks from here: a write can fail before the server's last words are read. */
  readonly isExpected: boolean
}

/** The log's words for a server that is away: a fault, or what somebody has ordered. */
export function tellTrouble(
  log: PoolOptions["log"],
  server: string,
  { waits, isExpected }: Awayness,
  error: unknown,
): void {
  const consequence = waits ? "new work waits" : "new work goes elsewhere"
  if (isExpected || wasOrdered(error))
    log.info({ reason: messageOf(error) }, `${server} was told to end; ${consequence}`)
  else log.error({ err: error }, `${server} does not answer; ${consequence}`)
}
