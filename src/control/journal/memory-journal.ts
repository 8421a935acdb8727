import type { Journal, JournalContent, JournalEntry } from "./journal.ts"
import { type JournalRecord, journalRecordSchema } from "./journal-record.ts"

/** What is shared by every control plane over one memory: give the same store to each. */
export type MemoryJournalStore = { entries: JournalEntry[] }

/** A journal that lives as long as its store. */
export class MemoryJournal implements Journal {
  readonly #store: MemoryJournalStore

  constructor(store: MemoryJournalStore = { entries: [] }) {
    this.#store = store
  }

  async read(): Promise<JournalContent> {
    return { entries: [...this.#store.entries], lastSeq: this.#lastSeq(), warnings: [] }
  }

  async append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    if (expectedSeq !== this.#lastSeq() + 1) return false
    this.#store.entries.push({ seq: expectedSeq, record: journalRecordSchema.parse(record) })
    return true
  }

  async compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    if (expectedSeq !== this.#lastSeq() + 1) return false
    this.#store.entries = records.map((record, index) => ({ seq: expectedSeq + index, record }))
    return true
  }

  async close(): Promise<void> {}

  #lastSeq(): number {
    return this.#store.entries.at(-1)?.seq ?? 0
  }
}
