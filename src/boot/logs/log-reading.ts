import type { LogBatch, LogFilter } from "../../wire/admin.ts"
import type { BatchBounds } from "./line-budget.ts"
import { cursorOf } from "./log-cursor.ts"
import type { LogTail } from "./log-tail.ts"

/** How much one reader may have, and cost. */
export type LogBounds = BatchBounds & {
  readonly mostLineBytes: number
  readonly lookEveryMs: number
  /** Read of all logs together, each `lookEveryMs`. */
  readonly mostFreshBytes: number
  /** Read back for the lines to begin with. */
  readonly mostBackBytes: number
  /** Who falls behind goes on with what is newest; otherwise nothing is passed over, however late it comes. */
  readonly skips: boolean
}

export type LogReading = {
  readonly filter: LogFilter
  /** How many lines to begin with, of all together or of each log. */
  readonly lines: number
  readonly ofEach?: boolean
  readonly follow: boolean
  /** Where a former reading was: it is gone on with, and nothing is read back. */
  readonly cursor?: string | undefined
  readonly bounds: LogBounds
  readonly signal: AbortSignal
}

export type CursorBatch = LogBatch & { readonly cursor: string }
export type Tails = ReadonlyMap<string, LogTail>

/** How much waits to be read in each; those with the least first, so that a flood takes what they leave. */
export async function waitingIn(tails: Tails) {
  const waiting = await Promise.all(
    [...tails].map(async ([log, tail]) => ({ log, tail, bytes: await tail.waitingBytes() })),
  )
  return waiting.sort((a, b) => a.bytes - b.bytes)
}

/** Where all of them stand. */
export function cursorNow(tails: Tails): string {
  return cursorOf([...tails].map(([log, tail]) => [log, tail.place]))
}
