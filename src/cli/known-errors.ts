import { serviceErrors } from "../boot/known-errors.ts"
import type { ErrorRow } from "../kit/errors.ts"
import { faultError } from "../lab/faults/fault-errors.ts"
import { historyError } from "../lab/history/history-errors.ts"
import { loadError } from "../lab/load/load-errors.ts"
import { cliError } from "./cli-errors.ts"

/** Every error a person can meet, by code: what `explain` knows, and what docs/errors.md is held to. */
export const knownErrors: Readonly<Record<string, ErrorRow>> = {
  ...serviceErrors,
  ...faultError.table,
  ...historyError.table,
  ...loadError.table,
  ...cliError.table,
}
