import { CollectedBytes } from "../kit/node/collected-bytes.ts"
import { lineTable } from "./characters.ts"
import type { Limits } from "./http1.ts"
import { reject } from "./http1-errors.ts"

const CR = 0x0d
const LF = 0x0a

/**
 * Finds the end of a head (or of a trailer section) byte by byte and refuses what no line may hold, at the first such
 * byte: so a bad head is refused early, and by the same rule wherever the bytes were split. Bytes are copied only when
 * the head spans several pushes.
 */
export class HeadReader {
  readonly #limits: Limits
  #inStartLine = true
  /** Bytes that may still come before the start line, or all fields, are too long; their CRLF included. */
  #budget = 0
  #lineLength = 0
  #fieldCount = 0
  #afterCr = false
  /** Nothing between heads: there are many connections, and most heads come whole. */
  readonly #kept = new CollectedBytes()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  begin(part: "head" | "trailers"): void {
    this.#inStartLine = part === "head"
    this.#budget = (part === "head" ? this.#limits.maxLineBytes : this.#limits.maxFieldBytes) + 2
    this.#lineLength = 0
    this.#fieldCount = 0
    this.#afterCr = false
  }

  /** Reads on from `from`: the index behind the empty line that ends the head, or -1 when it is not there yet. */
  scan(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length) {
      const stop = Math.min(bytes.length, at + this.#budget)
      const lineStart = at
      if (!this.#afterCr) while (at < stop && lineTable[bytes[at]!] === 1) at++
      this.#lineLength += at - lineStart
      this.#budget -= at - lineStart
      if (at === stop) {
        if (this.#budget === 0) throw this.#tooLong()
        return this.#keep(bytes, from)
      }
      this.#budget--
      const byte = bytes[at++]!
      if (this.#afterCr) {
        if (byte !== LF) throw reject("bare-cr")
        this.#afterCr = false
        if (this.#endLine()) return at
      } else if (byte === CR) this.#afterCr = true
      else throw byte === LF ? reject("bare-lf") : reject("control-character", { byte })
      if (this.#budget === 0) throw this.#tooLong()
    }
    return this.#keep(bytes, from)
  }

  /** The whole section as latin-1 text; `from` and `end` bound its last piece. */
  text(bytes: Uint8Array, from: number, end: number): string {
    if (this.#kept.length === 0) return asBuffer(bytes).toString("latin1", from, end)
    this.#kept.add(bytes.subarray(from, end))
    const text = this.#kept.bytes.toString("latin1")
    this.#kept.clear()
    return text
  }

  /** At the LF of a line; true when it was the empty one. */
  #endLine(): boolean {
    const empty = this.#lineLength === 0
    this.#lineLength = 0
    if (this.#inStartLine) {
      this.#inStartLine = false
      this.#budget = this.#limits.maxFieldBytes + 2
      if (empty) throw reject("request-line", { line: "" })
      return false
    }
    if (!empty && ++this.#fieldCount > this.#limits.maxFields) {
      throw reject("fields-too-many", { limit: this.#limits.maxFields })
    }
    return empty
  }

  #tooLong(): Error {
    return this.#inStartLine
      ? reject("line-too-long", { limit: this.#limits.maxLineBytes })
      : reject("fields-too-large", { limit: this.#limits.maxFieldBytes })
  }

  #keep(bytes: Uint8Array, from: number): -1 {
    this.#kept.add(from === 0 ? bytes : bytes.subarray(from))
    return -1
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
