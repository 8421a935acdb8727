import { createHash } from "node:crypto"
import { type Kysely, sql } from "kysely"
import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Transact } from "../../../tiers/data/index.ts"

/** So many attempts in so long. */
export type AttemptAllowance = { readonly attempts: number; readonly windowMs: number }

export type LoginLimitOptions = {
  // biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
  readonly transact: Transact<any>
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Guesses at one account, from wherever. Default 10 in 15 minutes. */
  readonly perHandle?: AttemptAllowance
  /** Guesses from one address, at whatever account; many people may share one. Default 100 in 15 minutes. */
  readonly perAddress?: AttemptAllowance
}

export type LoginAttempt = { readonly handle: string; readonly address: string }

export type LoginVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/**
 * Bounds the guessing of passwords, shared by all instances (OWASP ASVS 5.0 section 6.3.1). An attempt is counted
 * before the password is looked at, in one atomic statement, so that a burst of parallel guesses counts in full.
 */
export interface LoginLimit {
  take(attempt: LoginAttempt): Promise<LoginVerdict>
  /** After a login that succeeded: the owner of an account is not held up by earlier slips. */
  clear(handle: string): Promise<void>
}

type LoginAttemptsDb = { login_attempts: { key: string; window_start: Date; count: number } }

const quarterHourMs = 15 * 60 * 1000
const sweepEveryMs = 60 * 60 * 1000

/** The table; for an app's own migration. */
// biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
export async function createLoginAttemptsTable(db: Kysely<any>): Promise<void> {
  await sql`
    create table login_attempts (
      key text primary key,
      window_start timestamptz not null,
      count integer not null
    )`.execute(db)
  await sql`create index login_attempts_window_start on login_attempts (window_start)`.execute(db)
}

export function createLoginLimit(options: LoginLimitOptions): LoginLimit {
  return new PostgresLoginLimit(options)
}

class PostgresLoginLimit implements LoginLimit {
  readonly #transact: Transact<LoginAttemptsDb>
  readonly #clock: Clock
  readonly #perHandle: AttemptAllowance
  readonly #perAddress: AttemptAllowance
  #sweptAtMs: number

  constructor(options: LoginLimitOptions) {
    this.#transact = options.transact
    this.#clock = options.clock ?? systemClock
    this.#perHandle = options.perHandle ?? { attempts: 10, windowMs: quarterHourMs }
    this.#perAddress = options.perAddress ?? { attempts: 100, windowMs: quarterHourMs }
    this.#sweptAtMs = this.#clock.nowMs()
  }

  async take({ handle, address }: LoginAttempt): Promise<LoginVerdict> {
    const nowMs = this.#clock.nowMs()
    await this.#sweep(nowMs)
    // The address first: one that is over its limit cannot go on and lock other people's accounts.
    const byAddress = await this.#count(keyOf("address", address), this.#perAddress, nowMs)
    if (!byAddress.allowed) return byAddress
    return this.#count(keyOf("handle", handle), this.#perHandle, nowMs)
  }

  async clear(handle: string): Promise<void> {
    const key = keyOf("handle", handle)
    await this.#transact(trx => trx.deleteFrom("login_attempts").where("key", "=", key).execute())
  }

  /** Counts in a window that starts with the first attempt and is renewed by the first one after its end. */
  async #count(key: string, { attempts, windowMs }: AttemptAllowance, nowMs: number): Promise<LoginVerdict> {
    const now = new Date(nowMs)
    const windowsEnd = new Date(nowMs - windowMs)
    const row = await this.#transact(trx =>
      trx
        .insertInto("login_attempts")
        .values({ key, window_start: now, count: 1 })
        .onConflict(conflict =>
          conflict.column("key").doUpdateSet({
            count: sql`case when login_attempts.window_start <= ${windowsEnd} then 1
              else least(login_attempts.count + 1, 1000000) end`,
            window_start: sql`case when login_attempts.window_start <= ${windowsEnd} then ${now}::timestamptz
              else login_attempts.window_start end`,
          }),
        )
        .returning(["count", "window_start"])
        .executeTakeFirstOrThrow(),
    )
    if (row.count <= attempts) return { allowed: true }
    const leftMs = row.window_start.getTime() + windowMs - nowMs
    return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)) }
  }

  /** Windows long over are removed now and then by whichever instance comes by. */
  async #sweep(nowMs: number): Promise<void> {
    if (nowMs - this.#sweptAtMs < sweepEveryMs) return
    this.#sweptAtMs = nowMs
    const longestMs = Math.max(this.#perHandle.windowMs, this.#perAddress.windowMs)
    const over = new Date(nowMs - longestMs)
    await this.#transact(trx => trx.deleteFrom("login_attempts").where("window_start", "<=", over).execute())
  }
}

/** Hashed: of one size whatever a client sends, and no list of addresses lies about. */
function keyOf(kind: "handle" | "address", value: string): string {
  return `${kind}:${createHash("sha256").update(value).digest("base64url")}`
}
