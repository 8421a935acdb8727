import { type Kysely, sql } from "kysely"
import pg from "pg"
import { messageOf } from "../../../kit/errors.ts"
import { dataError, lostKindOf, unavailableStatusOf } from "../data-errors.ts"

/**
 * How it is known whether a transaction was committed: it leaves a number in a row of its lane. A lane has one transaction
 * at a time, so its row tells of the last one, and is written over by the next. `done`: the number that was committed
 * last. `n`: no number up to here may be committed any more.
 */
export const lanesTable = "banyan_transact"

/**
 * The table, for a migration under a role that may make one; else the first `transact` makes it. Safe to repeat, by several
 * processes at once. Throws BN2271.
 */
// biome-ignore lint/suspicious/noExplicitAny: any app's tables, plus ours
export async function createTransactTable(db: Kysely<any>): Promise<void> {
  const { rows } = await sql<{
    there: boolean
  }>`select to_regclass(${lanesTable}) is not null as there`.execute(db)
  if (rows[0]?.there === true) return
  // Room in each page, so that a new version of a row lies beside the old one and no index changes (HOT).
  const making = sql`
    create table if not exists banyan_transact (
      lane uuid primary key,
      n bigint not null,
      done bigint not null,
      used_at timestamptz not null
    ) with (fillfactor = 25)`.execute(db)
  await making.catch(error => {
    if (lostKindOf(error) !== undefined || unavailableStatusOf(error) !== undefined) throw error
    if (!madeMeanwhile(error))
      throw dataError("BN2271", { table: lanesTable, reason: messageOf(error) }, error)
  })
}

/** `if not exists` does not see what another session is about to make: duplicate table, or type, or row of the catalog. */
function madeMeanwhile(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ["42P07", "42710", "23505"].includes(error.code ?? "")
}

/** Nobody asks for a transaction that is older than this by far: its process gave up, or ended. */
const sweepAfter = "1 day"
const sweptAtOnce = 100

/** Removes the row of a lane that is not used any more, and some of those whose processes are gone. */
export async function sweepLanes(db: Kysely<unknown>, lane: string): Promise<void> {
  await sql`
    delete from banyan_transact where lane in (
      select lane from banyan_transact where lane = ${lane} or used_at < now() - ${sweepAfter}::interval
      limit ${sweptAtOnce} for update skip locked)`.execute(db)
}
