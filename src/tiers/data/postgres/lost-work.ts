import pg from "pg"
import { type BanyanError, messageOf } from "../../../kit/errors.ts"
import { dataError, type LostKind } from "../data-errors.ts"

/** `I` idle, `T` in a transaction, `E` in a failed one (ReadyForQuery of the protocol); null before the first answer. */
export type TransactionStatus = "I" | "T" | "E" | null

/** The server ends the session: administrator, crash of another session, shutdown (SQLSTATE class 57P). */
const sessionEnds: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P04", "57P05"])

export function endsSession(error: unknown): boolean {
  return error instanceof pg.DatabaseError && sessionEnds.has(error.code ?? "")
}

/**
 * Somebody told the server to end: to stop it, or to move the primary. Not a fault. A session whose postmaster was killed
 * says admin_shutdown as well, but from elsewhere in the server (secure_read, not ProcessInterrupts, in PostgreSQL 15 and 18).
 */
export function wasOrdered(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "57P01" && error.routine === "ProcessInterrupts"
}

/** node-postgres refuses a statement on a connection whose end it knows of, a moment before it tells anybody else. */
export function wasRefused(error: unknown): boolean {
  return error instanceof Error && /^Client .* is not queryable$/.test(error.message)
}

/**
 * What became of a statement whose connection was lost under it. A transaction that was open at the time was rolled
 * back with its session, unless the statement itself could have committed it. EPIPE means that the kernel took nothing,
 * and a statement takes effect only when its end (Sync) has arrived.
 */
export function lostKind(status: TransactionStatus, statement: string, error: unknown): LostKind {
  const neverArrived = (error as NodeJS.ErrnoException).code === "EPIPE"
  if (status === "T" || status === "E")
    return neverArrived || !mayCommit(statement) ? "rolled-back" : "unknown"
  return neverArrived ? "never-sent" : "unknown"
}

/** The same for a statement that was not given to the connection, because that was lost before. */
export function unsentKind(status: TransactionStatus): LostKind {
  return status === "T" || status === "E" ? "rolled-back" : "never-sent"
}

export function lostWork(kind: LostKind, cause: unknown): BanyanError {
  return dataError("BN2203", { kind, reason: messageOf(cause) }, cause)
}

/** What ends or can end a transaction, by its first word: COMMIT, END, PREPARE TRANSACTION, and code of the server's. */
const committing = /\b(commit|end|prepare|call|do)\b/i
/** Blanks and comments, those within others apart. */
const lead = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:(?!\/\*|\*\/).)*\*\/)*/s

/**
 * One statement by its first word, so that `on conflict do nothing` and `case ... end` count for what they are. Of several
 * in one text, or where the first word is not surely found, by its words wherever they stand: too often is safe, too
 * seldom is not.
 */
function mayCommit(statement: string): boolean {
  const rest = statement.replace(lead, "")
  const isOne = /^[^;]*;?\s*$/.test(statement)
  const first = /^[a-z]+/i.exec(rest)?.[0]
  return isOne && first !== undefined ? committing.test(first) : committing.test(statement)
}
