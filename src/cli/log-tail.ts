import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs"
import { logOf, paths } from "../boot/project-paths.ts"

const chunkBytes = 64 * 1024

/** Names of the logs there are: instance ids, `supervisor`, `agent`. */
export function listLogs(): string[] {
  try {
    return readdirSync(paths.logs)
      .filter(name => name.endsWith(".log"))
      .map(name => name.slice(0, -".log".length))
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
  } catch {
    return []
  }
}

export type TailLine = { readonly id: string; readonly line: string }

/** One log file read from its end on, whole lines only. */
export class LogTail {
  readonly #id: string
  #offset = 0
  #pending = Buffer.alloc(0)

  constructor(id: string) {
    this.#id = id
  }

  /** The last `count` lines; `fresh` goes on from there. */
  last(count: number): TailLine[] {
    const { bytes, from } = this.#readBack(count)
    this.#offset = from
    const lines = this.#split(bytes)
    return count === 0 ? [] : lines.slice(-count)
  }

  /** Lines that came since. A file that became shorter was begun anew. */
  fresh(): TailLine[] {
    const file = this.#open()
    if (file === undefined) return []
    try {
      const { size } = fstatSync(file)
      if (size < this.#offset) {
        this.#offset = 0
        this.#pending = Buffer.alloc(0)
      }
      const bytes = Buffer.alloc(Math.min(size - this.#offset, 16 * chunkBytes))
      return this.#split(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, this.#offset)))
    } finally {
      closeSync(file)
    }
  }

  /** Reads from the end, chunk by chunk, until there are more line ends than wanted. */
  #readBack(count: number): { bytes: Buffer; from: number } {
    const file = this.#open()
    if (file === undefined) return { bytes: Buffer.alloc(0), from: 0 }
    try {
      let from = fstatSync(file).size
      let lineEnds = 0
      const chunks: Buffer[] = []
      while (from > 0 && lineEnds <= count) {
        const chunk = Buffer.alloc(Math.min(chunkBytes, from))
        readSync(file, chunk, 0, chunk.length, from - chunk.length)
        from -= chunk.length
        lineEnds += countLineEnds(chunk)
        chunks.push(chunk)
      }
      return { bytes: Buffer.concat(chunks.reverse()), from }
    } finally {
      closeSync(file)
    }
  }

  #split(bytes: Buffer): TailLine[] {
    this.#offset += bytes.length
    const all = Buffer.concat([this.#pending, bytes])
    const end = all.lastIndexOf(10) + 1
    this.#pending = all.subarray(end)
    if (end === 0) return []
    const lines = all.toString("utf8", 0, end - 1).split("\n")
    return lines.map(line => ({ id: this.#id, line }))
  }

  #open(): number | undefined {
    try {
      return openSync(logOf(this.#id), "r")
    } catch {
      return undefined
    }
  }
}

function countLineEnds(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}
