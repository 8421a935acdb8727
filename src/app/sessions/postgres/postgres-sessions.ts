import { type Kysely, sql, type Transaction } from "kysely"
import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Transact } from "../../../tiers/data/index.ts"
import { sessionCookie } from "../session-cookie.ts"
import { newToken, readToken, type SessionToken } from "../session-token.ts"
import type { Session, Sessions } from "../sessions.ts"

const dayMs = 24 * 60 * 60 * 1000

export type PostgresSessionsOptions = {
  // biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
  readonly db: Kysely<any>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly transact: Transact<any>
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Whether clients reach the service over TLS: Secure, and the prefix `__Host-`. */
  readonly secure: boolean
  /** Default `session`. */
  readonly cookieName?: string
  /** A session not used for so long ends. Default 14 days. */
  readonly lifetimeMs?: number
  /** However much it is used, a session ends so long after login. Default 90 days. */
  readonly maxAgeMs?: number
  /** A session's end is moved at most once in so long: reads stay reads. Default 10 minutes. */
  readonly touchEveryMs?: number
}

type SessionsDb = {
  sessions: { user_id: string; token_hash: Buffer; created_at: Date; expires_at: Date }
}

/** The table; for an app's own migration. `user_id` leads the key: it is the shard key. */
// biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
export async function createSessionsTable(db: Kysely<any>): Promise<void> {
  await sql`
    create table sessions (
      user_id uuid not null,
      token_hash bytea not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      primary key (user_id, token_hash)
    )`.execute(db)
}

/** Every look-up asks the database: revoking a session ends it everywhere with the next request. */
export function createPostgresSessions(options: PostgresSessionsOptions): Sessions {
  return new PostgresSessions(options)
}

class PostgresSessions implements Sessions {
  readonly #db: Kysely<SessionsDb>
  readonly #transact: Transact<SessionsDb>
  readonly #clock: Clock
  readonly #lifetimeMs: number
  readonly #maxAgeMs: number
  readonly #touchEveryMs: number
  readonly #cookie

  constructor(options: PostgresSessionsOptions) {
    const { cookieName: name = "session", secure, maxAgeMs = 90 * dayMs } = options
    this.#db = options.db
    this.#transact = options.transact
    this.#clock = options.clock ?? systemClock
    this.#lifetimeMs = options.lifetimeMs ?? 14 * dayMs
    this.#maxAgeMs = maxAgeMs
    this.#touchEveryMs = options.touchEveryMs ?? 10 * 60 * 1000
    // The cookie outlives idle sessions on purpose: the database alone says when one ends.
    this.#cookie = sessionCookie({ name, secure, maxAgeMs })
  }

  async open(userId: string, cookieHeader?: string | null): Promise<{ token: string; cookie: string }> {
    const { token, hash } = newToken(userId)
    const nowMs = this.#clock.nowMs()
    const row = {
      user_id: userId,
      token_hash: hash,
      created_at: new Date(nowMs),
      expires_at: new Date(this.#expiryMs(nowMs, nowMs)),
    }
    await this.#end(cookieHeader)
    await this.#transact(async trx => {
      await sweep(trx, userId, nowMs)
      await trx.insertInto("sessions").values(row).execute()
    })
    return { token, cookie: this.#cookie.carry(token) }
  }

  async find(cookieHeader: string | null): Promise<Session | undefined> {
    const token = this.#tokenOf(cookieHeader)
    if (token === undefined) return undefined
    const nowMs = this.#clock.nowMs()
    const row = await this.#row(token)
      .where("expires_at", ">", new Date(nowMs))
      .select(["created_at", "expires_at"])
      .executeTakeFirst()
    if (row === undefined) return undefined
    const expiresAt = await this.#touch(token, row.created_at, row.expires_at, nowMs)
    return { userId: token.userId, createdAt: row.created_at, expiresAt }
  }

  async close(cookieHeader: string | null): Promise<string> {
    await this.#end(cookieHeader)
    return this.#cookie.clear()
  }

  async revokeAll(userId: string): Promise<number> {
    const { numDeletedRows } = await this.#transact(trx =>
      trx.deleteFrom("sessions").where("user_id", "=", userId).executeTakeFirst(),
    )
    return Number(numDeletedRows)
  }

  #tokenOf(cookieHeader: string | null | undefined): SessionToken | undefined {
    const value = this.#cookie.read(cookieHeader)
    return value === undefined ? undefined : readToken(value)
  }

  #row({ userId, hash }: SessionToken) {
    return this.#db.selectFrom("sessions").where("user_id", "=", userId).where("token_hash", "=", hash)
  }

  async #end(cookieHeader: string | null | undefined): Promise<void> {
    const token = this.#tokenOf(cookieHeader)
    if (token === undefined) return
    await this.#transact(trx =>
      trx
        .deleteFrom("sessions")
        .where("user_id", "=", token.userId)
        .where("token_hash", "=", token.hash)
        .execute(),
    )
  }

  /** Moves the end of a session in use. A failure is nothing: it stays valid, and the next request tries again. */
  async #touch(token: SessionToken, createdAt: Date, expiresAt: Date, nowMs: number): Promise<Date> {
    const next = new Date(this.#expiryMs(createdAt.getTime(), nowMs))
    if (next.getTime() - expiresAt.getTime() < this.#touchEveryMs) return expiresAt
    try {
      await this.#db
        .updateTable("sessions")
        .set({ expires_at: next })
        .where("user_id", "=", token.userId)
        .where("token_hash", "=", token.hash)
        .execute()
      return next
    } catch {
      return expiresAt
    }
  }

  #expiryMs(createdAtMs: number, usedAtMs: number): number {
    return Math.min(usedAtMs + this.#lifetimeMs, createdAtMs + this.#maxAgeMs)
  }
}

/** A user's expired sessions go at the next login: no job is needed, and the table is bounded by what is used. */
async function sweep(trx: Transaction<SessionsDb>, userId: string, nowMs: number): Promise<void> {
  await trx
    .deleteFrom("sessions")
    .where("user_id", "=", userId)
    .where("expires_at", "<=", new Date(nowMs))
    .execute()
}
