import type { Kysely } from "kysely"
import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DataReport } from "../../wire/report.ts"

export type DataCredentials = { readonly user: string; readonly password: string; readonly database: string }

/** Where the servers are: the map says so, and who logs in there; or all of it stands in URLs, and the servers are asked. */
export type DataServers =
  | { readonly credentials: DataCredentials; readonly urls?: undefined }
  | { readonly urls: readonly string[]; readonly credentials?: undefined }

export type DataOptions = DataServers & {
  /** Whose connections these are, for the server's own lists (`application_name`). */
  readonly name?: string
  /** Most connections this process opens to each server for queries; fewer when the map gives it a smaller share. */
  readonly poolSize: number
  readonly gate: {
    /** Work that may wait for a connection or for the primary to come back; the next one is refused (503). */
    readonly maxWaiting: number
    readonly maxWaitMs: number
  }
  /** How long after a server came onto the map the primary's log must be replayed there before it is read from; 2 s. */
  readonly settleMs?: number
  readonly clock: Clock
  /** For the back-off between tries; Math.random when not given. */
  readonly random?: Random
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export interface DataClient {
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: R[]; readonly rowCount: number | null }>
}

/**
 * Connections to the primary, in the shape of node-postgres's pool, for whatever speaks to that. Statements given at once
 * are sent at once: no cursors and no COPY here, those want a `session`.
 */
export interface DataPool {
  /** A connection of one's own until `release`. Rejects with BN2201, BN2202 (503: not now) or BN2204. */
  connect(): Promise<DataClient & { release(destroy?: boolean): void }>
}

/**
 * The data tier inside a process: servers as the map has them, a pool that follows the primary, Kysely above a router
 * (docs/data.md). `createData` in create-data.ts. Queue and LISTEN go through the same layer, so that they follow a
 * failover too.
 */
export interface Data {
  readonly pool: DataPool
  /** Kysely over the router; typed by the caller. */
  db<DB>(): Kysely<DB>
  /** There are replicas: what a user has seen must travel with them (`withCausalSession`). */
  readonly replicated: boolean
  /**
   * Follows the map's `databases`: connections to who is primary no more end at once, a `paused` primary gets no new work,
   * a `draining` replica is not read from. `settings.connectionShare` bounds the pools.
   */
  apply(map: ServiceMap): void
  report(): DataReport
  /** Calls back when the report has news that should not wait: the primary went or came back, or a pause is complete. */
  onChange(listener: () => void): void
  /** LISTEN on a channel over a connection of its own, re-established after trouble; `onGap` tells that notices may be missed. */
  listen(
    channel: string,
    onNotice: (payload: string) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>>
  /** Work on a connection of its own outside the pool, for locks that live as long as a session. */
  session<T>(work: (client: DataClient) => Promise<T>): Promise<T>
  /** No new work; connections end as they come back. */
  close(): Promise<void>
}
