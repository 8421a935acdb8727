import type pg from "pg"
import type { BanyanError } from "../../../kit/errors.ts"
import { errorWords } from "../../../telemetry/spans/error-words.ts"
import { activeSpan } from "../../../telemetry/spans/recorded-span.ts"
import {
  endsSession,
  lostKind,
  lostWork,
  type TransactionStatus,
  unsentKind,
  wasRefused,
} from "./lost-work.ts"

/** A connection of the pool to a server, and why it is lost once it is. */
export type Connection = { readonly client: pg.Client; readonly server?: string | undefined; lost?: unknown }

/** A program that speaks to the connection by itself: a cursor, COPY (node-postgres calls it a submittable). */
export type Submittable = { submit(connection: unknown): void }

/**
 * A connection lent out by the pool. One statement at a time; give it back with `release`. A connection that comes back
 * inside a transaction, or at work, is closed: the next borrower must find it clean.
 */
export class PooledClient {
  readonly #connection: Connection
  readonly #giveBack: (connection: Connection, reusable: boolean) => void
  #released = false
  #running = 0
  /** What was said when it was lost under a statement: of what that belonged to, nothing else is known later. */
  #loss: BanyanError | undefined

  constructor(connection: Connection, giveBack: (connection: Connection, reusable: boolean) => void) {
    this.#connection = connection
    this.#giveBack = giveBack
  }

  /** The server's process, as pg_backend_pid() tells. */
  get processID(): number | undefined {
    return (this.#connection.client as unknown as { processID?: number }).processID
  }

  /** Rejects with the server's error, or with BN2203 when the connection was lost under or before the statement. */
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<R & pg.QueryResultRow>>
  query<T extends Submittable>(submittable: T): T
  query(statement: string | Submittable, values: readonly unknown[] = []): unknown {
    if (typeof statement === "string")
      return this.send(statement, client => client.query(statement, values as unknown[]))
    this.#mustBeHeld()
    return this.#connection.client.query(statement as never)
  }

  /** Back to the pool, or with `true` to its end. Only the first call counts. */
  release(destroy = false): void {
    if (this.#released) return
    this.#released = true
    const clean = this.#running === 0 && this.#status() === "I" && this.#connection.lost === undefined
    this.#giveBack(this.#connection, clean && !destroy)
  }

  /**
   * For whoever speaks to the connection in another way than `query`: it begins whatever it likes, at once. `text` is
   * looked at when the connection is lost under it (BN2203), and `inTransaction` says that it opened one itself.
   */
  async send<T>(text: string, begin: (client: pg.Client) => Promise<T>, inTransaction = false): Promise<T> {
    this.#mustBeHeld()
    const connection = this.#connection
    // Behind another statement nobody knows yet what state this one will meet.
    const status = this.#running > 0 ? null : this.#status()
    // Who tidies up behind a lost COMMIT by a ROLLBACK must not hear that it was rolled back.
    if (this.#loss !== undefined) throw this.#loss
    if (connection.lost !== undefined) throw lostWork(unsentKind(status), connection.lost)
    this.#running++
    const { server = "" } = connection
    const span = activeSpan()?.child("query", { sql: text, server })
    try {
      return await begin(connection.client)
    } catch (error) {
      span?.fail(errorWords(error))
      const refused = wasRefused(error)
      if (refused || endsSession(error)) connection.lost ??= error
      if (connection.lost === undefined) throw error
      const kind = refused ? unsentKind(status) : lostKind(inTransaction ? "T" : status, text, error)
      this.#loss ??= lostWork(kind, error)
      throw this.#loss
    } finally {
      span?.end()
      this.#running--
    }
  }

  #status(): TransactionStatus {
    return (
      this.#connection.client as unknown as { getTransactionStatus(): TransactionStatus }
    ).getTransactionStatus()
  }

  #mustBeHeld(): void {
    if (this.#released) throw new Error("this connection was given back to the pool already")
  }
}
