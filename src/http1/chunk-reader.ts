import { hexTable, lineTable } from "./characters.ts"
import { reject } from "./http1-errors.ts"

const CR = 0x0d
const LF = 0x0a
const SEMICOLON = 0x3b

/** Extensions mean nothing to anyone; a message that is mostly extensions is an attack. */
const maxExtensionBytes = 4 * 1024

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const value = `[ \\t]*=[ \\t]*(?:${token}|${quoted})`
const extensions = new RegExp(`^;[ \\t]*${token}(?:${value})?(?:[ \\t]*;[ \\t]*${token}(?:${value})?)*$`)

/** Reads the size lines of a chunked body (RFC 9112 section 7.1), and the CRLF behind each chunk's data. */
export class ChunkReader {
  #step: "size" | "extension" | "size-lf" | "data-cr" | "data-lf" = "size"
  #size = 0
  #digits = 0
  #extension = ""
  #extensionBytes = 0

  /** The size of the chunk whose line was read. */
  get size(): number {
    return this.#size
  }

  begin(): void {
    this.#extensionBytes = 0
    this.#beginLine()
  }

  /** The data has been read: its CRLF is next, then the next size line. */
  endData(): void {
    this.#step = "data-cr"
  }

  /** The index behind a whole size line, or -1 when `bytes` ended first. */
  read(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      if (this.#take(bytes[at]!)) return at + 1
    }
    return -1
  }

  #beginLine(): void {
    this.#step = "size"
    this.#size = 0
    this.#digits = 0
    this.#extension = ""
  }

  /** Takes one byte; true when it ended a size line. */
  #take(byte: number): boolean {
    switch (this.#step) {
      case "size":
        this.#takeSize(byte)
        return false
      case "extension":
        this.#takeExtension(byte)
        return false
      case "size-lf":
        if (byte !== LF) throw reject("bare-cr")
        if (this.#extension !== "" && !extensions.test(this.#extension)) throw reject("chunk-extension")
        return true
      case "data-cr":
        if (byte !== CR) throw reject("chunk-end")
        this.#step = "data-lf"
        return false
      case "data-lf":
        if (byte !== LF) throw reject("chunk-end")
        this.#beginLine()
        return false
    }
  }

  #takeSize(byte: number): void {
    const digit = hexTable[byte]!
    if (digit < 16) {
      this.#size = this.#size * 16 + digit
      if (++this.#digits > 16 || this.#size > Number.MAX_SAFE_INTEGER) throw reject("chunk-size")
    } else if (this.#digits === 0) throw reject("chunk-size")
    else if (byte === CR) this.#step = "size-lf"
    else if (byte === LF) throw reject("bare-lf")
    else if (byte === SEMICOLON) {
      this.#step = "extension"
      this.#takeExtension(byte)
    } else throw reject("chunk-size")
  }

  #takeExtension(byte: number): void {
    if (byte === CR) this.#step = "size-lf"
    else if (byte === LF) throw reject("bare-lf")
    else if (lineTable[byte] !== 1 || ++this.#extensionBytes > maxExtensionBytes)
      throw reject("chunk-extension")
    else this.#extension += String.fromCharCode(byte)
  }
}
