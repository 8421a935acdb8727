import type { JournalRecord } from "./journal-record.ts"

export type JournalEntry = { readonly seq: number; readonly record: JournalRecord }

export type JournalContent = {
  /** In order of `seq`; a gap means that something was lost (see `warnings`). */
  readonly entries: readonly JournalEntry[]
  /** 0 when empty. The next append expects the seq after it. */
  readonly lastSeq: number
  /** What could not be read, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Control's memory, behind compare-and-set: of two control planes that write at once exactly one succeeds, the other
 * learns that it is no longer alone. What `append` returned for is on disk.
 *
 * Held to `journal-conformance.ts`, whatever is underneath.
 */
export interface Journal {
  read(): Promise<JournalContent>
  /**
   * Writes one record as number `expectedSeq`. False when that number is taken: another control plane wrote it.
   * Rejects with BN1320 when it cannot be written (disk full); nothing has been written then, and it may be tried again.
   */
  append(expectedSeq: number, record: JournalRecord): Promise<boolean>
  /** Replaces everything by these records (numbered from `expectedSeq` on). False as with `append`. */
  compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean>
  close(): Promise<void>
}
