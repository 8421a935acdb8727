import type pg from "pg"
import { lostWork } from "../../postgres/lost-work.ts"
import type { PooledClient } from "../../postgres/pooled-client.ts"
import { exchange, isOutdated, type Part, type PartResult, together } from "./exchange.ts"

/** Each group is one exchange: a transaction of its own, unless one is open. */
export type Groups = readonly (readonly Part[])[]

/**
 * Sends groups as one packet on a borrowed connection; one round trip. `text` is the statement that matters should the
 * connection be lost (BN2203). A prepared statement that no longer fits the schema is sent a second time, outside a
 * transaction: nothing had been done.
 */
export function sendGroups(
  client: PooledClient,
  text: string,
  groups: Groups,
  inTransaction = false,
): Promise<PartResult[][]> {
  const send = async (raw: pg.Client) => {
    const results = await allOf(raw, groups).catch(error => {
      if (inTransaction || !isOutdated(error) || raw.getTransactionStatus() !== "I") throw error
      return allOf(raw, groups)
    })
    if (tookUnconfirmed(raw)) throw lostWork("unknown", new Error("the wait for a standby was cancelled"))
    return results
  }
  return client.send(text, send, inTransaction)
}

/** Waits for all of them, whatever becomes of one: the connection must be quiet before somebody else has it. */
async function allOf(raw: pg.Client, groups: Groups): Promise<PartResult[][]> {
  if (groups.length === 1) return [await exchange(raw, groups[0] as readonly Part[])]
  const settled = await Promise.allSettled(together(raw, () => groups.map(parts => exchange(raw, parts))))
  return settled.map(each => {
    if (each.status === "rejected") throw each.reason
    return each.value
  })
}

const unconfirmed = new WeakSet<pg.Client>()

/**
 * A commit whose wait for synchronous standbys is cancelled succeeds, with a warning: it is on this server and perhaps
 * nowhere else. Nobody may take that for success.
 */
export function watchForUnconfirmed(client: pg.Client): void {
  client.on("notice", ({ message = "" }) => {
    if (/canceling (the )?wait for synchronous replication/.test(message)) unconfirmed.add(client)
  })
}

function tookUnconfirmed(client: pg.Client): boolean {
  return unconfirmed.delete(client)
}
