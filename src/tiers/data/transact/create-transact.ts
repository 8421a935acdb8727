import type { Kysely } from "kysely"
import type { Clock } from "../../../kit/clock.ts"
import { messageOf } from "../../../kit/errors.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { orAborted } from "../../../kit/node/until.ts"
import { backoffMs, type Random } from "../../../kit/random.ts"
import { unavailableStatusOf } from "../data-errors.ts"
import { afterFailure } from "./after-failure.ts"
import { fenceOff, Lanes, type Ticket } from "./lanes.ts"
import { createTransactTable, sweepLanes } from "./lanes-table.ts"
import { type Run, refuseWithin, runOnce, type Work } from "./run-once.ts"
import type { Transact, TransactNotice, TransactOptions } from "./transact.ts"

export type TransactorOptions<DB> = {
  readonly db: Kysely<DB>
  readonly clock?: Clock
  readonly random?: Random
  /** How long it is tried to find out what became of a COMMIT. Default 30 s. */
  readonly resolveWithinMs?: number
  /** Hears of everything that was not simply committed. */
  readonly onNotice?: (notice: TransactNotice) => void
}

const mostRuns = 10
const pauses = { baseMs: 5, capMs: 500 }

/** `services.transact`, for whoever uses the data tier without the rest. */
export function createTransact<DB>(options: TransactorOptions<DB>): Transact<DB> {
  const transactor = new Transactor(options)
  return (work, given = {}) => transactor.transact(work, given)
}

class Transactor<DB> {
  readonly #db: Kysely<DB>
  readonly #clock: Clock
  readonly #random: Random
  readonly #resolveWithinMs: number
  readonly #onNotice: (notice: TransactNotice) => void
  readonly #lanes: Lanes

  constructor(options: TransactorOptions<DB>) {
    const { db, clock = systemClock, random = Math.random, resolveWithinMs = 30_000 } = options
    this.#db = db
    this.#clock = clock
    this.#random = random
    this.#resolveWithinMs = resolveWithinMs
    this.#onNotice = options.onNotice ?? (() => {})
    this.#lanes = new Lanes(lane => void sweepLanes(this.#anyDb, lane).catch(() => {}))
  }

  async transact<T>(work: Work<DB, T>, options: TransactOptions): Promise<T> {
    refuseWithin()
    for (let runs = 1; ; runs++) {
      options.signal?.throwIfAborted()
      const run = await this.#run(work, options)
      if (run.next === "done") return run.result
      if (run.next === "fails" || runs === mostRuns) throw run.error
      this.#onNotice({ verdict: "again", reason: messageOf(run.error) })
      if (run.next === "no-table") await createTransactTable(this.#db)
      await this.#pause(runs, options.signal)
    }
  }

  /** One run, and what became of it. Throws when that cannot be found out; nobody gets its lane again then. */
  async #run<T>(work: Work<DB, T>, options: TransactOptions): Promise<Run<T>> {
    if (options.repeatable === true) return runOnce(this.#db, work, options, undefined)
    const lane = this.#lanes.take()
    const ticket = lane.next()
    const run = await runOnce(this.#db, work, options, ticket)
    const known = run.next === "resolve" ? await this.#resolve(run, ticket) : run
    if (known.next !== "new-lane") this.#lanes.giveBack(lane)
    return known
  }

  async #resolve<T>(run: Run<T> & { next: "resolve" }, ticket: Ticket): Promise<Run<T>> {
    const committed = await this.#wasCommitted(ticket, run.error)
    this.#onNotice({ verdict: committed ? "committed" : "not-committed", reason: messageOf(run.error) })
    return committed ? { next: "done", result: run.result } : { next: "again", error: run.error }
  }

  /** Nothing is cancelled when the time is over: a COMMIT that waits for its quorum would take that for success. */
  async #wasCommitted(ticket: Ticket, cause: unknown): Promise<boolean> {
    const late = new AbortController()
    const disarm = this.#clock.after(this.#resolveWithinMs, () => late.abort())
    try {
      for (let tries = 1; ; tries++) {
        const committed = await orAborted(this.#ask(ticket), late.signal)
        if (committed !== undefined) return committed
        await this.#pause(tries, late.signal)
      }
    } catch {
      throw cause
    } finally {
      disarm()
    }
  }

  /** Undefined: ask again. */
  async #ask(ticket: Ticket): Promise<boolean | undefined> {
    try {
      return await fenceOff(this.#anyDb, ticket)
    } catch (error) {
      const next = afterFailure(error, "commit")
      if (next === "fails" && unavailableStatusOf(error) === undefined) throw error
      if (next === "no-table") await createTransactTable(this.#db)
      return undefined
    }
  }

  async #pause(tries: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const disarm = this.#clock.after(backoffMs(this.#random, tries, pauses.baseMs, pauses.capMs), resolve)
    try {
      await (signal === undefined ? promise : orAborted(promise, signal))
    } finally {
      disarm()
    }
  }

  get #anyDb(): Kysely<unknown> {
    return this.#db as Kysely<unknown>
  }
}
