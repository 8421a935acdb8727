import type { Journal, JournalContent } from "./journal.ts"
import type { JournalRecord } from "./journal-record.ts"

/** The moment of a planted crash: just before or just after the nth record that is written from now on. */
export type CrashPoint = { readonly when: "before" | "after"; readonly nth: number }

/**
 * A journal at whose records somebody dies. The same interface around a real journal (a fault wrapper), so that a
 * drill can take its kill points from the records a plan really writes.
 */
export class CrashPointJournal implements Journal {
  readonly #journal: Journal
  /** The point armed now. Asked at every record; the count starts anew with another point. */
  readonly #armed: () => CrashPoint | undefined
  /** Never returns when the victim is this process. */
  readonly #crash: (point: CrashPoint, record: JournalRecord) => Promise<void>
  #point = ""
  #written = 0

  constructor(
    journal: Journal,
    armed: () => CrashPoint | undefined,
    crash: (point: CrashPoint, record: JournalRecord) => Promise<void>,
  ) {
    this.#journal = journal
    this.#armed = armed
    this.#crash = crash
  }

  read(): Promise<JournalContent> {
    return this.#journal.read()
  }

  async append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    const point = this.#next()
    if (point?.when === "before") await this.#crash(point, record)
    const written = await this.#journal.append(expectedSeq, record)
    if (point?.when === "after") await this.#crash(point, record)
    return written
  }

  compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    return this.#journal.compact(expectedSeq, records)
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  /** The armed point when this record is the one. */
  #next(): CrashPoint | undefined {
    const point = this.#armed()
    const name = JSON.stringify(point)
    if (name !== this.#point) {
      this.#point = name
      this.#written = 0
    }
    return point !== undefined && ++this.#written === point.nth ? point : undefined
  }
}
