import type { IsolationLevel, Transaction } from "kysely"

/**
 * Does work in a transaction, exactly once: though its connection is lost, its server dies, another takes its place, or
 * the answer to COMMIT never comes. Resolves with what `work` returned in the run that was committed.
 *
 * **`work` may run several times**, each time in a transaction of its own of which nothing is left when it runs again; so
 * it does everything through `trx`, and what cannot be taken back (a mail, a request) comes after `transact`. It is run
 * again when its connection was lost or Postgres asks for it (40001, 40P01), up to ten times, and waits at the gate for a
 * new primary like all work. What it throws itself rolls back and is thrown. docs/data.md tells how an unknown COMMIT is
 * resolved; docs/decisions/0023 why so.
 *
 * Throws BN2201 and BN2202 (503: not now, nothing was done), BN2270 within another `transact`, the signal's reason, and
 * BN2203 of kind `unknown` only when no primary could be asked for `resolveWithinMs`.
 */
export type Transact<DB> = <T>(
  work: (trx: Transaction<DB>) => Promise<T>,
  options?: TransactOptions,
) => Promise<T>

export type TransactOptions = {
  /** Default: the server's, which is read committed. */
  readonly isolation?: IsolationLevel
  /** Gives up before COMMIT is sent, at once; from then on it is only known when it is known. */
  readonly signal?: AbortSignal
  /**
   * `work` finds out by itself, in its transaction, whether an earlier run of it was committed (it keeps its own row under
   * its own key, say): then an unknown COMMIT is simply run again, and nothing is written for it.
   */
  readonly repeatable?: boolean
}

/** What became of a run that was not simply committed: for logs and for tests. */
export type TransactNotice = {
  /** `again`: it runs once more. `committed`, `not-committed`: an unknown COMMIT was resolved. */
  readonly verdict: "again" | "committed" | "not-committed"
  readonly reason: string
}
