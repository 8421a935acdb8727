import type { LogBatch, LogLine } from "banyan/admin"
import { Store } from "../service/store.ts"

/** A line, or how much is missing between two. */
export type Row =
  | { readonly key: number; readonly line: LogLine }
  | { readonly key: number; readonly leftOut: number; readonly unreadBytes: number }

export type Shown = {
  /** Oldest first. The array is changed in place; whoever draws it looks again when `Shown` is another. */
  readonly rows: readonly Row[]
  /** How many rows have left at the top, all in all. */
  readonly dropped: number
  readonly isPaused: boolean
  readonly waiting: number
  /** Whose logs there are. */
  readonly logs: readonly string[]
  /** Whether the first row is the oldest line there is; undefined before anything was read. */
  readonly isWhole: boolean | undefined
}

export const mostRows = 100_000
/** Rows leave in such heaps: moving all others at every line would cost too much. */
const heap = 1_000

/** The lines that a page of logs holds: at most `mostRows`, and as many again that wait while it is paused. */
export class LogStore extends Store<Shown> {
  #rows: Row[] = []
  #waiting: Row[] = []
  #nextKey = 0

  constructor() {
    super({ rows: [], dropped: 0, isPaused: false, waiting: 0, logs: [], isWhole: undefined })
  }

  push({ lines, leftOut, unreadBytes, logs, isWhole }: LogBatch): void {
    const { isPaused } = this.get()
    const target = isPaused ? this.#waiting : this.#rows
    for (const line of lines) target.push({ key: this.#nextKey++, line })
    if (leftOut + unreadBytes > 0) target.push({ key: this.#nextKey++, leftOut, unreadBytes })
    if (isPaused) trim(target)
    this.#tell({ ...(logs && { logs }), ...(isWhole !== undefined && { isWhole }) })
  }

  pause(): void {
    this.#tell({ isPaused: true })
  }

  resume(): void {
    for (const row of this.#waiting) this.#rows.push(row)
    this.#waiting = []
    this.#tell({ isPaused: false })
  }

  /** What is there goes; what comes is shown. */
  clear(): void {
    this.#rows = []
    this.#waiting = []
    this.#tell({ isWhole: undefined, dropped: 0 })
  }

  /** As it began, for other lines. */
  reset(): void {
    this.clear()
    this.#tell({ isPaused: false })
  }

  #tell(change: Partial<Shown>): void {
    const gone = trim(this.#rows)
    const shown = { ...this.get(), ...change }
    this.set({
      ...shown,
      ...(gone > 0 && { isWhole: false }),
      dropped: shown.dropped + gone,
      rows: this.#rows,
      waiting: this.#waiting.length,
    })
  }
}

function trim(rows: Row[]): number {
  if (rows.length <= mostRows) return 0
  const gone = Math.min(rows.length, Math.ceil((rows.length - mostRows) / heap) * heap)
  rows.splice(0, gone)
  return gone
}
