import type pg from "pg"
import { orAborted } from "../../../kit/node/until.ts"
import { destroyConnection } from "./connection.ts"

/** What `openConnection` opens, or the signal's reason: then nothing is left of it, however late it comes. */
export async function openedWithin(opening: Promise<pg.Client>, signal: AbortSignal): Promise<pg.Client> {
  try {
    return await orAborted(opening, signal)
  } catch (error) {
    opening.then(destroyConnection, () => {})
    throw error
  }
}

/** Does something over a connection of its own; it ends with the work, or with the signal. */
export async function overConnection<T>(
  opening: Promise<pg.Client>,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openedWithin(opening, signal)
  try {
    return await orAborted(work(client), signal)
  } finally {
    destroyConnection(client)
  }
}
