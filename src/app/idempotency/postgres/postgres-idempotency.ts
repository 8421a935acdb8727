import { createHash } from "node:crypto"
import { type Kysely, sql, type Transaction } from "kysely"
import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Transact } from "../../../tiers/data/index.ts"
import { appError } from "../../app-errors.ts"
import type { Idempotency, KeyedRequest } from "../idempotency.ts"
import { readIdempotencyKey } from "../idempotency-key.ts"
import { keptAnswer, readAnswer, replayedAnswer } from "./kept-answer.ts"

export type PostgresIdempotencyOptions<DB> = {
  readonly transact: Transact<DB>
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
  readonly #transact: Transact<DB>
  readonly #clock: Clock
  readonly #lifetimeMs: number
  readonly #waitMs: number

  constructor(options: PostgresIdempotencyOptions<DB>) {
    this.#transact = options.transact
    this.#clock = options.clock ?? systemClock
    this.#lifetimeMs = options.lifetimeMs ?? dayMs
    this.#waitMs = options.waitMs ?? 15_000
  }

  async once(request: KeyedRequest, work: (tx: Transaction<DB>) => Promise<Response>): Promise<Response> {
    const { key, owner, home, asked } = request
    if (key === null || key === undefined) return this.#transact(work)
    const keyHash = hashOf(owner, readIdempotencyKey(key))
    const entry = { home, keyHash, fingerprint: hashOf(asked) }
    // Whatever became of an earlier run: if it was done, its answer is there to be found.
    return this.#transact(tx => this.#onceIn(tx, entry, work), { repeatable: true })
  }

  async #onceIn(
    tx: Transaction<DB>,
    entry: Entry,
    work: (tx: Transaction<DB>) => Promise<Response>,
  ): Promise<Response> {
    const keys = tx as unknown as Transaction<KeysDb>
    const nowMs = this.#clock.nowMs()
    const lockTimeout = await this.#waitForLocks(keys)
    if (!(await this.#claim(keys, entry, nowMs))) return this.#earlier(keys, entry)
    await this.#sweep(keys, entry, nowMs, lockTimeout)
    const { text, response } = await keptAnswer(await work(tx))
    await keys
      .updateTable("idempotency_keys")
      .set({ answer: text })
      .where("home", "=", entry.home)
      .where("key_hash", "=", entry.keyHash)
      .execute()
    return response
  }

  /** Returns how long statements waited for locks before, which is how long the work's own will again. */
  async #waitForLocks(keys: Transaction<KeysDb>): Promise<string> {
    const { rows } = await sql<{ before: string }>`
      with was as materialized (select current_setting('lock_timeout') as before)
      select before, set_config('lock_timeout', ${String(this.#waitMs)}, true) from was`.execute(keys)
    return rows[0]!.before
  }

  /** False when somebody has it. Waits for who is about to: for the end of their transaction, whichever it is. */
  async #claim(keys: Transaction<KeysDb>, entry: Entry, nowMs: number): Promise<boolean> {
    const { home, keyHash, fingerprint } = entry
    const expiresAt = new Date(nowMs + this.#lifetimeMs)
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

  /**
   * What the first request with this key was answered. Read by a write: then this transaction's COMMIT waits until the
   * quorum has what it tells. A server that starts again after a crash shows commits that it alone has.
   */
  async #earlier(keys: Transaction<KeysDb>, { home, keyHash, fingerprint }: Entry): Promise<Response> {
    const kept = await keys
      .updateTable("idempotency_keys")
      .set(({ ref }) => ({ fingerprint: ref("fingerprint") }))
      .where("home", "=", home)
      .where("key_hash", "=", keyHash)
      .returning(["fingerprint", "answer"])
      .executeTakeFirst()
    // Swept since: it was over a moment ago, and the next try finds the way free.
    if (kept === undefined || kept.answer === null) throw appError("BN2306", { waitedMs: 0 })
    if (!kept.fingerprint.equals(fingerprint)) throw appError("BN2305")
    return replayedAnswer(readAnswer(kept.answer))
  }

  /** And with it, in one message, the work's own patience comes back. */
  async #sweep(
    keys: Transaction<KeysDb>,
    { home }: Entry,
    nowMs: number,
    lockTimeout: string,
  ): Promise<void> {
    await sql`
      with swept as (
        delete from idempotency_keys where home = ${home} and key_hash in (
          select key_hash from idempotency_keys where home = ${home} and expires_at <= ${new Date(nowMs)}
          order by expires_at limit ${sweptAtOnce} for update skip locked
        )
      )
      select set_config('lock_timeout', ${lockTimeout}, true)`.execute(keys)
  }
}

/** Of one size whatever a client sends; lengths, so that no two lists of parts look alike. */
function hashOf(...parts: readonly string[]): Buffer {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest()
}
