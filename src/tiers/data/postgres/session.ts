import pg from "pg"
import type { Clock } from "../../../kit/clock.ts"
import { isBanyanError, messageOf } from "../../../kit/errors.ts"
import { backoffMs, type Random } from "../../../kit/random.ts"
import type { DataClient } from "../data.ts"
import { dataError } from "../data-errors.ts"
import { destroyConnection } from "./connection.ts"
import type { Primary } from "./primary.ts"

const retry = { baseMs: 20, capMs: 200 }

export type SessionOptions = { readonly clock: Clock; readonly random: Random; readonly maxWaitMs: number }

/**
 * Does work on a connection of its own, outside the pool: for locks that live as long as a session. While the primary
 * is away it waits like everybody, at most `maxWaitMs` (BN2202). The connection ends with the work.
 */
export async function withSession<T>(
  primary: Primary,
  options: SessionOptions,
  work: (client: DataClient) => Promise<T>,
): Promise<T> {
  const client = await openPatiently(primary, options)
  const ignore = () => {}
  client.on("error", ignore)
  try {
    return await work({ query: (text, values = []) => client.query(text, [...values]) })
  } finally {
    destroyConnection(client)
  }
}

async function openPatiently(
  primary: Primary,
  { clock, random, maxWaitMs }: SessionOptions,
): Promise<pg.Client> {
  const untilMs = clock.monotonicMs() + maxWaitMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await primary.open()
    } catch (error) {
      if (clock.monotonicMs() >= untilMs || saysNever(error)) {
        if (isBanyanError(error)) throw error
        throw dataError("BN2202", { waitedMs: maxWaitMs, reason: messageOf(error), status: 503 }, error)
      }
      const waitMs = backoffMs(random, attempt, retry.baseMs, retry.capMs)
      await new Promise<void>(resolve => clock.after(waitMs, resolve))
    }
  }
}

/** Wrong password or unknown database: waiting does not mend that. */
function saysNever(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["28P01", "28000", "3D000"].includes(error.code ?? "")
}
