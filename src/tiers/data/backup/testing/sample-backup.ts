import type { BaseBackup } from "../base/base-backups.ts"

export const sampleSegmentBytes = 16 * 1024 * 1024
export const sampleStartMs = Date.UTC(2026, 10, 21)
const hourMs = 3_600_000

/** Test support: the `nth` backup of a day, an hour after the one before, in the file of the log of that number. */
export function sampleBackup(nth: number, over: Partial<BaseBackup> = {}): BaseBackup {
  const file = `0/${nth.toString(16).padStart(2, "0")}`
  return {
    ...{ format: 1, system: "1", major: "18", timeline: 1, files: 10, bytes: 1000, storedBytes: 100 },
    name: `20261121T${String(nth).padStart(2, "0")}0000000Z`,
    startLsn: `${file}000028`,
    endLsn: `${file}000120`,
    startedAtMs: sampleStartMs + nth * hourMs,
    endedAtMs: sampleStartMs + nth * hourMs + 60_000,
    segmentBytes: sampleSegmentBytes,
    ...over,
  }
}
