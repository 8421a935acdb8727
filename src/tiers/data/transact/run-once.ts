import { AsyncLocalStorage } from "node:async_hooks"
import type { ControlledTransaction, Kysely, Transaction } from "kysely"
import { orAborted } from "../../../kit/node/until.ts"
import { dataError } from "../data-errors.ts"
import { type AfterFailure, afterFailure } from "./after-failure.ts"
import { commitLeaving } from "./commit-leaving.ts"
import type { Ticket } from "./lanes.ts"
import type { TransactOptions } from "./transact.ts"

export type Work<DB, T> = (trx: Transaction<DB>) => Promise<T>

/** How one run of the work ended. */
export type Run<T> =
  | { readonly next: "done"; readonly result: T }
  | { readonly next: "resolve"; readonly result: T; readonly error: unknown }
  | { readonly next: Exclude<AfterFailure, "resolve">; readonly error: unknown }

/** The transaction a piece of code runs in. What it left running behind itself is in it no more. */
const within = new AsyncLocalStorage<{ over: boolean }>()

/** Throws BN2270. */
export function refuseWithin(): void {
  if (within.getStore()?.over === false) throw dataError("BN2270")
}

/** Runs the work in a transaction of its own, and commits it. Never throws. */
export async function runOnce<DB, T>(
  db: Kysely<DB>,
  work: Work<DB, T>,
  { isolation, signal }: TransactOptions,
  ticket: Ticket | undefined,
): Promise<Run<T>> {
  let done: { readonly result: T } | undefined
  try {
    const beginning = db.startTransaction()
    const trx = await (isolation === undefined ? beginning : beginning.setIsolationLevel(isolation)).execute()
    done = { result: await workIn(trx, work, signal) }
    await commit(trx, ticket)
    return { next: "done", ...done }
  } catch (error) {
    const next = afterFailure(error, done === undefined ? "work" : "commit")
    if (next === "resolve") return { next, error, ...(done as { readonly result: T }) }
    return { next, error }
  }
}

/** On abort it throws at once; the transaction ends when the work has let go of it. */
async function workIn<DB, T>(
  trx: ControlledTransaction<DB>,
  work: Work<DB, T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const state = { over: false }
  const working = within.run(state, async () => work(trx))
  try {
    return await (signal === undefined ? working : orAborted(working, signal))
  } catch (error) {
    const ended = working.then(rollback, rollback)
    if (signal?.aborted !== true) await ended
    throw error
  } finally {
    state.over = true
  }

  function rollback(): Promise<void> {
    return giveUp(trx)
  }
}

async function commit<DB>(trx: ControlledTransaction<DB>, ticket: Ticket | undefined): Promise<void> {
  try {
    if (ticket === undefined) await trx.commit().execute()
    else await commitLeaving(trx, ticket)
  } catch (error) {
    await giveUp(trx)
    throw error
  }
}

/** One that was lost is rolled back by the server; this gives its connection back. */
function giveUp<DB>(trx: ControlledTransaction<DB>): Promise<void> {
  return trx
    .rollback()
    .execute()
    .catch(() => {})
}
