import type pg from "pg"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { openConnection } from "../connection.ts"
import { openedWithin, overConnection } from "../connection-within.ts"
import type { PostgresPlace, PostgresServer } from "../server/postgres-server.ts"
import type { Owner } from "../server/run-as.ts"

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
export function openMember(member: Reached, signal: AbortSignal): Promise<pg.Client> {
  return openedWithin(opening(member), signal)
}

/** Does something over a connection of one's own as superuser; it ends with the work, or with the signal. */
export function atServer<T>(
  member: Reached,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return overConnection(opening(member), signal, work)
}

type Reached = Pick<Member, "address" | "superuser">

function opening({ address, superuser }: Reached): Promise<pg.Client> {
  return openConnection(address, superuser, "banyan-fleet", { connectionTimeoutMillis: connectTimeoutMs })
}

/** A name for what belongs to a member on another server; Postgres allows a-z, 0-9 and _ there. */
export function slotOf({ id }: Pick<Member, "id">): string {
  return id.replaceAll(/[^a-z0-9_]/g, "_")
}
