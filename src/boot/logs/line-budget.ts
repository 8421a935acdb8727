import type { LogLine } from "../../wire/admin.ts"
import { familyOf } from "../../wire/log-line.ts"

/** What one batch may hold. Warnings and errors have room of their own: no flood of requests leaves them out. */
export type BatchBounds = {
  readonly mostLines: number
  readonly mostWarnings: number
  /** Of text, in letters. */
  readonly mostLetters: number
}

/** The lines of one batch, and how many more there would have been. */
export class LineBudget {
  readonly lines: LogLine[] = []
  leftOut = 0
  readonly #bounds: BatchBounds
  #warnings = 0
  #letters = 0
  /** How many lines there may be at the end of this share. */
  #share = 0

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds
  }

  /** What is left is shared among so many logs; who needs less leaves more to those after it. */
  next(logsLeft: number): void {
    const used = this.lines.length - this.#warnings
    this.#share = used + Math.ceil((this.#bounds.mostLines - used) / logsLeft)
  }

  readonly add = (line: LogLine): void => {
    const { mostLetters, mostWarnings } = this.#bounds
    const family = familyOf(line.level)
    const isWarning = family === "warn" || family === "error"
    const hasRoom = isWarning
      ? this.#warnings < mostWarnings
      : this.lines.length - this.#warnings < this.#share
    if (!hasRoom || this.#letters + line.line.length > mostLetters) {
      this.leftOut++
      return
    }
    this.#letters += line.line.length
    if (isWarning) this.#warnings++
    this.lines.push(line)
  }
}

/** By time where a line says one; a line without keeps its place behind the one before it in its log. */
export function inOrder(lines: readonly LogLine[]): LogLine[] {
  const last = new Map<string, number>()
  return lines
    .map(line => {
      const at = line.at ?? last.get(line.id) ?? 0
      last.set(line.id, at)
      return { line, at }
    })
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line)
}
