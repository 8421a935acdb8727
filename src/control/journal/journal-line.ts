import { crc32 } from "node:zlib"
import type { JournalEntry } from "./journal.ts"
import { type JournalRecord, journalRecordSchema } from "./journal-record.ts"

/**
 * One record as one line: `{"seq":7,"crc":"1c291ca3","record":{...}}`. The checksum (CRC-32, zlib's) is over the
 * seq, a space, and the record's text.
 */
export function encodeLine(seq: number, record: JournalRecord): string {
  const text = JSON.stringify(record)
  return `{"seq":${seq},"crc":"${checksum(seq, text)}","record":${text}}\n`
}

/** Undefined for anything that is not one whole, undamaged line of this version. */
export function decodeLine(line: string): JournalEntry | undefined {
  const match = /^\{"seq":(\d+),"crc":"([0-9a-f]{8})","record":(.*)\}$/s.exec(line)
  const [, seqText, crc, text] = match ?? []
  if (seqText === undefined || text === undefined || checksum(Number(seqText), text) !== crc) return undefined
  const parsed = journalRecordSchema.safeParse(JSON.parse(text))
  return parsed.success ? { seq: Number(seqText), record: parsed.data } : undefined
}

function checksum(seq: number, text: string): string {
  return crc32(`${seq} ${text}`).toString(16).padStart(8, "0")
}
