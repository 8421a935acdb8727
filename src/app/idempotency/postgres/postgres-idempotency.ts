import { createHash } from "node:crypto"
import { type Kysely, sql, type Transaction } from "kysely"
import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { lostKindOf } from "../../../tiers/data/index.ts"
import { appError } from "../../app-errors.ts"
import type { Idempotency, KeyedRequest } from "../idempotency.ts"
import { readIdempotencyKey } from "../idempotency-key.ts"
import { keptAnswer, readAnswer, replayedAnswer } from "./kept-answer.ts"

export type PostgresIdempotencyOptions<DB> = {
  readonly db: Kysely<DB>
  /** Default: the machine's. */
  readonly clock?: Clock
  /** How long a key is known. Default 24 hours. */
  readonly lifetimeMs?: number
  /**
   * How long a request waits for the first one with its key, which may hang with its instance. Default 15 s: longer
   * than it takes to replace one that hangs.
   */
  readonly waitMs?: number
}

type KeysDb = {
  idempotency_keys: {
    home: string
    key_hash: Buffer
    fingerprint: Buffer
    answer: string | null
    expires_at: Date
  }
}

/** What one request looks for and leaves behind. */
type Entry = { readonly home: string; readonly keyHash: Buffer; readonly fingerprint: Buffer }

const dayMs = 24 * 60 * 60 * 1000
/** Each new key takes so many away that are over, of its own home: the table cannot outgrow what is written. */
const sweptAtOnce = 10
/** A statement may be lost with its connection; the next one finds the primary again, or waits at its gate. */
const maxTries = 3
const lockNotAvailable = "55P03"

/** The table; for an app's own migration. `home` leads the key: it is the shard key. */
// biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
export async function createIdempotencyTable(db: Kysely<any>): Promise<void> {
  await sql`
    create table idempotency_keys (
      home uuid not null,
      key_hash bytea not null,
      fingerprint bytea not null,
      answer text,
      expires_at timestamptz not null,
      primary key (home, key_hash)
    )`.execute(db)
  await sql`create index idempotency_keys_expiry on idempotency_keys (home, expires_at)`.execute(db)
}

export function createPostgresIdempotency<DB>(options: PostgresIdempotencyOptions<DB>): Idempotency<DB> {
  return new PostgresIdempotency(options)
}

class PostgresIdempotency<DB> implements Idempotency<DB> {
  readonly #db: Kysely<DB>
  readonly #clock: Clock
  readonly #lifetimeMs: number
  readonly #waitMs: number

  constructor(options: PostgresIdempotencyOptions<DB>) {
    this.#db = options.db
    this.#clock = options.clock ?? systemClock
    this.#lifetimeMs = options.lifetimeMs ?? dayMs
    this.#waitMs = options.waitMs ?? 15_000
  }

  async once(request: KeyedRequest, work: (tx: Transaction<DB>) => Promise<Response>): Promise<Response> {
    const { key, owner, home, asked } = request
    if (key === null || key === undefined) return this.#db.transaction().execute(work)
    const keyHash = hashOf(owner, readIdempotencyKey(key))
    const entry = { home, keyHash, fingerprint: hashOf(asked) }
    for (let tries = 1; ; tries++) {
      try {
        return await this.#db.transaction().execute(tx => this.#onceIn(tx, entry, work))
      } catch (error) {
        // Whatever became of it: if it was done, its answer is there to be found.
        if (lostKindOf(error) === undefined || tries === maxTries) throw error
      }
    }
  }

  async #onceIn(
    tx: Transaction<DB>,
    entry: Entry,
    work: (tx: Transaction<DB>) => Promise<Response>,
  ): Promise<Response> {
    const keys = tx as unknown as Transaction<KeysDb>
    const nowMs = this.#clock.nowMs()
    if (!(await this.#claim(keys, entry, nowMs))) return this.#earlier(keys, entry)
    await this.#sweep(keys, entry, nowMs)
    const { text, response } = await keptAnswer(await work(tx))
    await keys
      .updateTable("idempotency_keys")
      .set({ answer: text })
      .where("home", "=", entry.home)
      .where("key_hash", "=", entry.keyHash)
      .execute()
    return response
  }

  /** False when somebody has it. Waits for who is about to: for the end of their transaction, whichever it is. */
  async #claim(keys: Transaction<KeysDb>, entry: Entry, nowMs: number): Promise<boolean> {
    const { home, keyHash, fingerprint } = entry
    const expiresAt = new Date(nowMs + this.#lifetimeMs)
    await sql`select set_config('lock_timeout', ${String(this.#waitMs)}, true)`.execute(keys)
    try {
      const { rows } = await sql`
        insert into idempotency_keys as kept (home, key_hash, fingerprint, expires_at)
        values (${home}, ${keyHash}, ${fingerprint}, ${expiresAt})
        on conflict (home, key_hash) do update
          set fingerprint = excluded.fingerprint, answer = null, expires_at = excluded.expires_at
          where kept.expires_at <= ${new Date(nowMs)}
        returning 1`.execute(keys)
      return rows.length > 0
    } catch (error) {
      if ((error as { code?: unknown }).code !== lockNotAvailable) throw error
      throw appError("BN2306", { waitedMs: this.#waitMs }, error)
    }
  }

  /** What the first request with this key was answered. */
  async #earlier(keys: Transaction<KeysDb>, { home, keyHash, fingerprint }: Entry): Promise<Response> {
    const kept = await keys
      .selectFrom("idempotency_keys")
      .select(["fingerprint", "answer"])
      .where("home", "=", home)
      .where("key_hash", "=", keyHash)
      .executeTakeFirst()
    // Swept since: it was over a moment ago, and the next try finds the way free.
    if (kept === undefined || kept.answer === null) throw appError("BN2306", { waitedMs: 0 })
    if (!kept.fingerprint.equals(fingerprint)) throw appError("BN2305")
    return replayedAnswer(readAnswer(kept.answer))
  }

  async #sweep(keys: Transaction<KeysDb>, { home }: Entry, nowMs: number): Promise<void> {
    await sql`
      delete from idempotency_keys where home = ${home} and key_hash in (
        select key_hash from idempotency_keys where home = ${home} and expires_at <= ${new Date(nowMs)}
        order by expires_at limit ${sweptAtOnce} for update skip locked
      )`.execute(keys)
  }
}

/** Of one size whatever a client sends; lengths, so that no two lists of parts look alike. */
function hashOf(...parts: readonly string[]): Buffer {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest()
}
