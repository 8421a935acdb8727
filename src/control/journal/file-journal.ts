import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { messageOf } from "../../kit/errors.ts"
import { syncFolder, writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { controlError } from "../control-errors.ts"
import type { Journal, JournalContent, JournalEntry } from "./journal.ts"
import { decodeLine, encodeLine } from "./journal-line.ts"
import type { JournalRecord } from "./journal-record.ts"

/**
 * A journal in an append-only file, one line a record, each fsynced.
 *
 * Compare-and-set without a lock: a line is appended (O_APPEND puts it at the end whatever others do) and then read
 * back from where this writer believed the end to be. Whoever finds its own line there has won; readers drop a line
 * whose number is already taken. Compaction replaces the file, so a writer also checks that the file it holds is
 * still the one with the name.
 */
export class FileJournal implements Journal {
  readonly #path: string
  #file: number | undefined
  #endBytes = 0
  #lastSeq = 0

  constructor(path: string) {
    this.#path = path
  }

  async read(): Promise<JournalContent> {
    await this.close()
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const bytes = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0)
    const { entries, badLines, goodEndBytes } = readLines(bytes)
    const warnings: string[] = []
    if (badLines > 0) warnings.push(this.#keepAside(badLines))
    this.#open()
    if (goodEndBytes < bytes.length) {
      ftruncateSync(this.#file!, goodEndBytes)
      fsyncSync(this.#file!)
    }
    this.#endBytes = goodEndBytes
    this.#lastSeq = entries.at(-1)?.seq ?? 0
    return { entries, lastSeq: this.#lastSeq, warnings }
  }

  async append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    if (expectedSeq !== this.#lastSeq + 1 || !this.#isCurrent()) return false
    const line = Buffer.from(encodeLine(expectedSeq, record))
    this.#write(line)
    const found = Buffer.alloc(line.length)
    readSync(this.#file!, found, 0, line.length, this.#endBytes)
    if (!found.equals(line)) return false
    this.#endBytes += line.length
    this.#lastSeq = expectedSeq
    return true
  }

  async compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    if (expectedSeq !== this.#lastSeq + 1 || !this.#isCurrent()) return false
    try {
      writeFileAtomic(
        this.#path,
        records.map((record, index) => encodeLine(expectedSeq + index, record)).join(""),
      )
    } catch (error) {
      throw controlError("BN1320", { path: this.#path, reason: messageOf(error) }, error)
    }
    await this.read()
    return true
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #open(): void {
    const fresh = !existsSync(this.#path)
    this.#file = openSync(this.#path, "a+", 0o600)
    if (fresh) syncFolder(dirname(this.#path))
  }

  /** The file with the name is the one this writer holds, and nobody has written since. */
  #isCurrent(): boolean {
    if (this.#file === undefined) return false
    const held = fstatSync(this.#file)
    const named = statSync(this.#path, { throwIfNoEntry: false })
    return named?.ino === held.ino && held.size === this.#endBytes
  }

  /** All of it, or nothing: half a line of a full disk is cut off again. */
  #write(line: Buffer): void {
    try {
      for (let offset = 0; offset < line.length; ) offset += writeSync(this.#file!, line, offset)
      fsyncSync(this.#file!)
    } catch (error) {
      try {
        ftruncateSync(this.#file!, this.#endBytes)
      } catch {
        // The next read cuts the torn line off.
      }
      throw controlError("BN1320", { path: this.#path, reason: messageOf(error) }, error)
    }
  }

  #keepAside(badLines: number): string {
    let ordinal = 1
    const asideAt = (n: number) => join(dirname(this.#path), `journal.corrupt-${n}`)
    while (existsSync(asideAt(ordinal))) ordinal++
    copyFileSync(this.#path, asideAt(ordinal))
    const count = badLines === 1 ? "one record" : `${badLines} records`
    return `${this.#path}: ${count} could not be read and dropped; the whole file is kept as ${asideAt(ordinal)}`
  }
}

/**
 * Good lines in order; where the last good one ends; how many are damaged. Lost races (number taken) are dropped. Counted
 * in bytes as they are in the file: damage is often no UTF-8, and text made of it has another length.
 */
function readLines(bytes: Buffer) {
  const entries: JournalEntry[] = []
  let badLines = 0
  let goodEndBytes = 0
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf("\n", start)
    const end = newline < 0 ? bytes.length : newline + 1
    const entry = newline < 0 ? undefined : decodeLine(bytes.toString("utf8", start, newline))
    if (entry === undefined) badLines++
    else {
      if (entry.seq > (entries.at(-1)?.seq ?? 0)) entries.push(entry)
      goodEndBytes = end
    }
    start = end
  }
  return { entries, badLines, goodEndBytes }
}
