import type { Kysely } from "kysely"
import type pg from "pg"
import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { DataReport } from "../../wire/report.ts"
import type { PostgresPool } from "./postgres/pool.ts"

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

/**
 * The data tier inside a process: a pool-shaped layer that follows the map, with Kysely above it. `createData` in
 * create-data.ts. Queue, LISTEN and COPY go through the same layer, so that they follow a failover too.
 */
export interface Data {
  /** `connect()` -> a client with `query` and `release`; for whatever speaks to node-postgres's pool. */
  readonly pool: PostgresPool
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
  session<T>(work: (client: pg.Client) => Promise<T>): Promise<T>
  /** No new work; connections end as they come back. */
  close(): Promise<void>
}
