import pg from "pg"
import type { Clock } from "../../../kit/clock.ts"
import { isBanyanError, messageOf } from "../../../kit/errors.ts"
import { backoffMs, type Random } from "../../../kit/random.ts"
import type { DataClient } from "../data.ts"
import { dataError } from "../data-errors.ts"
import { destroyConnection } from "./connection.ts"
import { endsSession, lostWork } from "./lost-work.ts"

const retry = { baseMs: 20, capMs: 200 }

export type SessionsOptions = {
  /** A connection to the primary. */
  readonly open: () => Promise<pg.Client>
  /** Why no session may begin now. */
  readonly heldBack: () => string | undefined
  /** The last one ended. */
  readonly onQuiet: () => void
  readonly clock: Clock
  readonly random: Random
  readonly maxWaitMs: number
}

/** Work on connections of its own, outside the pool: for locks that live as long as a session. */
export class Sessions {
  readonly #options: SessionsOptions
  #count = 0

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Sessions under way. */
  get count(): number {
    return this.#count
  }

  /**
   * While the primary is away it waits like everybody, at most `maxWaitMs` (BN2202). The connection ends with the work. A
   * statement it is lost under says so (BN2203); and its locks are lost with it.
   */
  async run<T>(work: (client: DataClient) => Promise<T>): Promise<T> {
    const client = await this.#openPatiently()
    try {
      return await work({
        query: (text, values = []) => client.query(text, [...values]).catch(toldOfLoss),
      })
    } finally {
      destroyConnection(client)
      this.#leave()
    }
  }

  async #openPatiently(): Promise<pg.Client> {
    const { clock, random, maxWaitMs } = this.#options
    const untilMs = clock.monotonicMs() + maxWaitMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#open()
      } catch (error) {
        if (clock.monotonicMs() >= untilMs || saysNever(error)) {
          if (isBanyanError(error)) throw error
          throw dataError("BN2202", { waitedMs: maxWaitMs, reason: messageOf(error), status: 503 }, error)
        }
        const waitMs = backoffMs(random, attempt, retry.baseMs, retry.capMs)
        await new Promise<void>(resolve => clock.after(waitMs, resolve))
      }
    }
  }

  /** Counted before it is there: in between a pause may begin. */
  async #open(): Promise<pg.Client> {
    const reason = this.#options.heldBack()
    if (reason !== undefined) throw new Error(reason)
    this.#count++
    try {
      return await this.#options.open()
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  #leave(): void {
    this.#count--
    if (this.#count === 0) this.#options.onQuiet()
  }
}

/** What no server has said is the connection's. */
function toldOfLoss(error: unknown): never {
  throw error instanceof pg.DatabaseError && !endsSession(error) ? error : lostWork("unknown", error)
}

/** Wrong password or unknown database: waiting does not mend that. */
function saysNever(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["28P01", "28000", "3D000"].includes(error.code ?? "")
}
