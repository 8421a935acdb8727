import type { Kysely } from "kysely"
import type { TableDeclarations, Transact } from "../tiers/data/index.ts"
import type { Sessions } from "./sessions/sessions.ts"

/** What an app is given. Everything follows the topology by itself; the app never asks where it runs. */
export type Services<DB> = {
  readonly db: Kysely<DB>
  /** A transaction that is done exactly once, whatever becomes of its connection or of the primary. Its work may run again. */
  readonly transact: Transact<DB>
  readonly sessions: Sessions
  /** LISTEN on a Postgres channel. `onGap` tells that notices may have been missed. */
  readonly listen: (
    channel: string,
    onNotice: (payload: string) => void,
    onGap?: () => void,
  ) => Promise<() => Promise<void>>
  /** Settings given on the command line (`--seed-posts`). */
  readonly options: Readonly<Record<string, string | number | boolean>>
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** Structurally equal to tiers/web's HostedApp: declared here because app never imports the web tier. */
export type WebHandler = {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly upgrade?: (request: Request) => SocketHandlers | Response | Promise<SocketHandlers | Response>
}
export type SocketHandlers = {
  readonly open?: (peer: SocketPeer) => void
  readonly message?: (peer: SocketPeer, data: string | Uint8Array) => void
  readonly close?: (code: number, reason: string) => void
}
export interface SocketPeer {
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
  readonly bufferedBytes: number
}

export type AppDefinition<DB> = {
  readonly name: string
  readonly version?: string
  readonly data?: {
    /** How each table is spread when there are shards: `defineTables` of `banyan/data`. */
    readonly tables: TableDeclarations
    /** Folder of Kysely migrations, relative to the app's module. */
    readonly migrations: string
    /** Loads what the app is born with. Runs after the migrations under the same lock; must be safe to repeat. */
    readonly seed?: (services: Services<DB>, progress: (words: string) => void) => Promise<void>
  }
  /** Serves once it resolves; `progress` tells a person who waits for it what takes long. */
  readonly web: (
    services: Services<DB>,
    progress: (words: string) => void,
  ) => WebHandler | Promise<WebHandler>
  /**
   * Where the app answers a request that comes again with the same `Idempotency-Key` as it did the first time
   * (`createPostgresIdempotency` does that): `POST /orders`, `PATCH /orders/*`, a `*` for any one segment. The front door then
   * sends such a request again when the instance that had it dies. Name no route that does not: it may be done twice.
   */
  readonly keyedRoutes?: readonly string[]
}

/** Types an app's definition; returns it as it is. An app module's default export. */
export function defineApp<DB>(definition: AppDefinition<DB>): AppDefinition<DB> {
  return definition
}
