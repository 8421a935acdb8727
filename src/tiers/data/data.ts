import type { Kysely } from "kysely"
import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DataReport } from "../../wire/report.ts"

export type DataCredentials = { readonly user: string; readonly password: string; readonly database: string }

export type DataOptions = {
  /** Whose connections these are, for the server's own lists (`application_name`). */
  readonly name?: string
  readonly credentials: DataCredentials
  /** Most connections this process opens to the primary. */
  readonly poolSize: number
  readonly gate: {
    /** Work that may wait for a connection or for the primary to come back; the next one is refused (503). */
    readonly maxWaiting: number
    readonly maxWaitMs: number
  }
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

/** In the shape of node-postgres's pool, for whatever speaks to that. */
export interface DataPool {
  /** A connection of one's own until `release`. Rejects with BN2201, BN2202 (503: not now) or BN2204. */
  connect(): Promise<DataClient & { release(destroy?: boolean): void }>
}

/**
 * The data tier inside a process: a pool-shaped layer that follows the map, with Kysely above it. `createData` in
 * create-data.ts. Queue, LISTEN and COPY go through the same layer, so that they follow a failover too.
 */
export interface Data {
  readonly pool: DataPool
  /** Kysely over the pool; typed by the caller. */
  db<DB>(): Kysely<DB>
  /** Follows the map's `databases`: a new primary address drops connections to the old one. */
  apply(map: ServiceMap): void
  report(): DataReport
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
