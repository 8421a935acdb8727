import type { Fields } from "../../http1/index.ts"
import { connectionError, type Http2Error } from "../http2-errors.ts"
import { DynamicTable, entryOverhead } from "./dynamic-table.ts"
import { huffmanDecoded } from "./huffman.ts"
import { staticEntries, staticTable } from "./static-table.ts"

/** The protocol's default, and what we let a client use. */
export const decoderTableBytes = 4096

/** Beyond this no length or index is meant in earnest. */
const maxInteger = 2 ** 28

const noBytes: Buffer = Buffer.alloc(0)

export type DecodedBlock = {
  readonly fields: Fields
  /** Longer than asked for: the rest was read, but not kept. */
  readonly cut: boolean
}

/** Reads the blocks of fields of one connection, in their order: each may use what those before it made known. */
export class HpackDecoder {
  readonly #table = new DynamicTable(decoderTableBytes)
  /** The block that is being read; a connection at rest holds none, nor what came with it. */
  #bytes = noBytes
  #at = 0

  /** `maxBytes` bounds names and values together. Throws Http2Error (COMPRESSION_ERROR). */
  decode(block: Buffer, maxBytes: number): DecodedBlock {
    this.#bytes = block
    this.#at = 0
    const fields: string[] = []
    let left = maxBytes
    let name = ""
    let value = ""
    while (this.#at < block.length) {
      const byte = block[this.#at]!
      if (byte >= 0x80) {
        const index = this.#integer(7)
        name = this.#name(index)
        value = this.#value(index)
      } else if ((byte & 0xe0) === 0x20) {
        if (fields.length > 0 || left < maxBytes) throw broken("a table size update behind a field")
        this.#resize(this.#integer(5))
        continue
      } else {
        const index = this.#integer(byte >= 0x40 ? 6 : 4)
        name = index === 0 ? this.#string() : this.#name(index)
        value = this.#string()
        if (byte >= 0x40) this.#table.add(name, value)
      }
      left -= name.length + value.length + entryOverhead
      if (left >= 0) fields.push(name, value)
    }
    this.#bytes = noBytes
    return { fields, cut: left < 0 }
  }

  #resize(size: number): void {
    if (size > decoderTableBytes) throw broken("a table size beyond the limit")
    this.#table.resize(size)
  }

  #name(index: number): string {
    const known =
      index <= staticEntries ? staticTable[index * 2 - 2] : this.#table.name(index - staticEntries - 1)
    if (known === undefined) throw broken("an index without an entry")
    return known
  }

  #value(index: number): string {
    return index <= staticEntries
      ? staticTable[index * 2 - 1]!
      : this.#table.value(index - staticEntries - 1)!
  }

  /** RFC 7541 section 5.1. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1
    let value = this.#byte() & mask
    if (value < mask) return value
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte()
      value += (byte & 0x7f) * 2 ** shift
      if (value > maxInteger || shift > 28) throw broken("a number that is too large")
      if (byte < 0x80) return value
    }
  }

  /** RFC 7541 section 5.2. */
  #string(): string {
    const isCoded = (this.#bytes[this.#at] ?? 0) >= 0x80
    const length = this.#integer(7)
    const end = this.#at + length
    if (end > this.#bytes.length) throw broken("a string longer than its block")
    const text = isCoded
      ? huffmanDecoded(this.#bytes.subarray(this.#at, end))
      : this.#bytes.toString("latin1", this.#at, end)
    if (text === undefined) throw broken("a string that is no Huffman code")
    this.#at = end
    return text
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw broken("a block that ends too early")
    return byte
  }
}

function broken(reason: string): Http2Error {
  return connectionError("compression", { reason })
}
