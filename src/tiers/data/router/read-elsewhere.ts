import pg from "pg"
import { lostKindOf } from "../data-errors.ts"

/**
 * What to do with a read that failed at a replica. `elsewhere`: another server may do it, nothing came of it here.
 * `primary`: only the primary can. `write`: the same, for every run of this statement. `fails`: it would fail anywhere.
 */
export type AfterReplicaFailure = "elsewhere" | "primary" | "write" | "fails"

export function afterReplicaFailure(error: unknown): AfterReplicaFailure {
  if (lostKindOf(error) !== undefined || !(error instanceof pg.DatabaseError)) return "elsewhere"
  return byState[error.code ?? ""] ?? "fails"
}

/** SQLSTATE (PostgreSQL's "Error Codes"). */
const byState: Readonly<Record<string, AfterReplicaFailure>> = {
  // Read-only transaction: it writes, whatever its text looks like.
  "25006": "write",
  // "recovery is in progress": it wants what only a primary has.
  "55000": "write",
  // The replay of a change needed the rows it was reading, or the lock it held.
  "40001": "primary",
  "40P01": "primary",
  // Starting, stopping, out of connections, out of memory.
  "57P01": "elsewhere",
  "57P02": "elsewhere",
  "57P03": "elsewhere",
  "53100": "elsewhere",
  "53200": "elsewhere",
  "53300": "elsewhere",
  // A table, column, function or schema that a migration has just made may not have arrived yet.
  "42P01": "primary",
  "42703": "primary",
  "42883": "primary",
  "3F000": "primary",
}
