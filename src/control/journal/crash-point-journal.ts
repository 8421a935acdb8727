import type { Journal, JournalContent } from "./journal.ts"
import type { JournalRecord } from "./journal-record.ts"

/** Where to strike: before or after the `nth` record (from 1) that is written once the point is planted. */
export type CrashPoint = { readonly when: "before" | "after"; readonly nth: number }

/**
 * A journal that lets something terrible happen at one of its records: how drills get their kill points from the
 * journal itself. `planted` is asked at each record; `strike` usually does not come back.
 */
export class CrashPointJournal implements Journal {
  readonly #inner: Journal
  readonly #planted: () => CrashPoint | undefined
  readonly #strike: () => Promise<void>
  #point = ""
  #written = 0

  constructor(inner: Journal, planted: () => CrashPoint | undefined, strike: () => Promise<void>) {
    this.#inner = inner
    this.#planted = planted
    this.#strike = strike
  }

  read(): Promise<JournalContent> {
    return this.#inner.read()
  }

  async append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    const point = this.#next()
    if (point?.when === "before") await this.#strike()
    const written = await this.#inner.append(expectedSeq, record)
    if (point?.when === "after") await this.#strike()
    return written
  }

  compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    return this.#inner.compact(expectedSeq, records)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  /** The planted point when this record is the one. Another point counts anew, also when nothing was written between. */
  #next(): CrashPoint | undefined {
    const point = this.#planted()
    const name = JSON.stringify(point) ?? ""
    this.#written = name === this.#point ? this.#written + 1 : 1
    this.#point = name
    return point?.nth === this.#written ? point : undefined
  }
}
