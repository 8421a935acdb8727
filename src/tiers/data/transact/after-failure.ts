import pg from "pg"
import { lostKindOf } from "../data-errors.ts"
import { isOutdated } from "../router/statements/exchange.ts"
import { lanesTable } from "./lanes-table.ts"

/** Where a run failed: while `work` was at work, or when its end was sent. */
export type Phase = "work" | "commit"

/**
 * What to do with a run that failed. `again`: nothing of it is there, and another may go well. `resolve`: whether it was
 * committed has to be found out. `new-lane`: as `again`, with another lane. `no-table`: as `again`, once the table is
 * made. `fails`: it would fail again.
 */
export type AfterFailure = "again" | "resolve" | "new-lane" | "no-table" | "fails"

/** SQLSTATE of what Postgres asks to be done again: serialization failure, deadlock. */
const tryAgain: ReadonlySet<string | undefined> = new Set(["40001", "40P01"])
/** An app may wrap what it catches; deeper than this nobody does. */
const deepestCause = 5

/** Before COMMIT was sent a lost transaction is rolled back, whatever a single statement's text would allow. */
export function afterFailure(error: unknown, phase: Phase): AfterFailure {
  const kind = lostKindOf(causeOf(error, cause => lostKindOf(cause) !== undefined))
  if (kind !== undefined) return phase === "commit" && kind === "unknown" ? "resolve" : "again"
  const refused = causeOf(error, cause => cause instanceof pg.DatabaseError) as pg.DatabaseError | undefined
  if (refused === undefined) return "fails"
  if (tryAgain.has(refused.code)) return "again"
  return phase === "work" ? "fails" : atTheEnd(refused)
}

/** What the lane's statement, which travels with COMMIT, may be refused for. */
function atTheEnd(refused: pg.DatabaseError): AfterFailure {
  if (isOutdated(refused)) return "again"
  if (refused.code === "23502" && refused.table === lanesTable) return "new-lane"
  return refused.code === "42P01" && refused.message.includes(lanesTable) ? "no-table" : "fails"
}

function causeOf(error: unknown, is: (cause: unknown) => boolean): unknown {
  for (let [cause, depth] = [error, 0]; depth < deepestCause && cause instanceof Error; depth++) {
    if (is(cause)) return cause
    cause = cause.cause
  }
  return undefined
}
