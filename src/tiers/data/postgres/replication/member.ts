import type pg from "pg"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { destroyConnection, openConnection } from "../connection.ts"
import type { PostgresPlace, PostgresServer } from "../server/postgres-server.ts"
import type { Owner } from "../server/run-as.ts"
import { orAborted } from "./until.ts"

/** One server of a fleet, for whoever acts on its host: that is where its files are written. */
export type Member = {
  /** Its `cluster_name`, and by that name the others know its receiver. */
  readonly id: string
  readonly address: Address
  /** Absolute. */
  readonly dataFolder: string
  /** Whose its files are. */
  readonly as: Owner
  readonly superuser: DataCredentials
  readonly replicator: DataCredentials
}

export function memberOf(id: string, server: PostgresServer, place: PostgresPlace): Member {
  const { dataFolder, address, uid, gid } = place
  const as = uid === undefined || gid === undefined ? {} : { uid, gid }
  return { id, address, dataFolder, as, superuser: server.superuser, replicator: server.replicator }
}

/** The signal says how long it is worth waiting; this only sees to it that nothing is left of one that hangs. */
const connectTimeoutMs = 60_000

/** A connection as superuser. Rejects with what the system or the server says, or with the signal's reason. */
export async function openMember(
  { address, superuser }: Pick<Member, "address" | "superuser">,
  signal: AbortSignal,
): Promise<pg.Client> {
  const options = { connectionTimeoutMillis: connectTimeoutMs }
  const opening = openConnection(address, superuser, "banyan-fleet", options)
  try {
    const client = await orAborted(opening, signal)
    // Whoever uses it hears of its end by what was asked.
    client.on("error", () => {})
    return client
  } catch (error) {
    opening.then(destroyConnection, () => {})
    throw error
  }
}

/** Does something over a connection of one's own as superuser; it ends with the work, or with the signal. */
export async function atServer<T>(
  member: Pick<Member, "address" | "superuser">,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openMember(member, signal)
  try {
    return await orAborted(work(client), signal)
  } finally {
    destroyConnection(client)
  }
}

/** A name for what belongs to a member on another server; Postgres allows a-z, 0-9 and _ there. */
export function slotOf({ id }: Pick<Member, "id">): string {
  return id.replaceAll(/[^a-z0-9_]/g, "_")
}
