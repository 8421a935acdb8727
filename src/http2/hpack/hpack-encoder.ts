import type { Fields } from "../../http1/index.ts"
import { DynamicTable, entryOverhead } from "./dynamic-table.ts"
import { staticEntries, staticTable } from "./static-table.ts"

/** What is remembered here of a connection's fields, at most, whatever its client would keep. */
const mostTableBytes = 4096

/** Never kept in a table, by anybody on the way (RFC 7541 section 7.1.3). */
const secret: ReadonlySet<string> = new Set(["set-cookie", "authorization", "www-authenticate"])

/** Fields that rarely come twice with the same value would only push others out. */
const fleeting: ReadonlySet<string> = new Set([
  ":status",
  "age",
  "content-length",
  "content-location",
  "content-range",
  "etag",
  "last-modified",
  "link",
  "location",
  "x-request-id",
])

const noBytes: Buffer = Buffer.alloc(0)

const keyOf = (name: string, value: string) => `${name}\0${value}`

const staticIndex = new Map<string, number>()
for (let at = staticTable.length - 2; at >= 0; at -= 2) {
  const name = staticTable[at]!
  staticIndex.set(name, at / 2 + 1)
  staticIndex.set(keyOf(name, staticTable[at + 1]!), at / 2 + 1)
}

/**
 * Writes the blocks of fields of one connection; they must be sent in the order they were made. Strings go as they are:
 * what a field costs is made small by not sending it twice, which needs no Huffman code.
 */
export class HpackEncoder {
  readonly #numbers = new Map<string, number>()
  readonly #table = new DynamicTable(mostTableBytes, (name, value) =>
    this.#numbers.delete(keyOf(name, value)),
  )
  #maxBytes = mostTableBytes
  /** Sizes to tell of at the start of the next block: the smallest in between, and the last (RFC 7541 section 4.2). */
  #resized: number[] = []
  /** The block that is being written. */
  #into = noBytes
  #at = 0

  /** The client's SETTINGS_HEADER_TABLE_SIZE. */
  resize(bytes: number): void {
    const size = Math.min(bytes, mostTableBytes)
    if (size === this.#maxBytes) return
    this.#maxBytes = size
    this.#table.resize(size)
    this.#resized = [Math.min(size, ...this.#resized), size].filter(
      (each, at, all) => at === 0 || each !== all[0],
    )
  }

  encode(fields: Fields): Buffer {
    let most = this.#resized.length * 6
    for (const text of fields) most += text.length + 6
    this.#into = Buffer.allocUnsafe(most)
    this.#at = 0
    for (const size of this.#resized) this.#integer(0x20, 5, size)
    this.#resized = []
    for (let at = 0; at < fields.length; at += 2) this.#field(fields[at]!, fields[at + 1]!)
    const block = this.#into.subarray(0, this.#at)
    this.#into = noBytes
    return block
  }

  #field(name: string, value: string): void {
    const key = keyOf(name, value)
    const known = staticIndex.get(key) ?? this.#dynamicIndex(key)
    if (known !== undefined) {
      this.#integer(0x80, 7, known)
      return
    }
    const nameIndex = staticIndex.get(name) ?? 0
    const isKept = !fleeting.has(name) && name.length + value.length + entryOverhead <= this.#maxBytes / 4
    if (secret.has(name)) this.#integer(0x10, 4, nameIndex)
    else if (!isKept) this.#integer(0x00, 4, nameIndex)
    else {
      this.#integer(0x40, 6, nameIndex)
      this.#numbers.set(key, this.#remember(name, value))
    }
    if (nameIndex === 0) this.#string(name)
    this.#string(value)
  }

  #remember(name: string, value: string): number {
    this.#table.add(name, value)
    return this.#table.nextNumber - 1
  }

  #dynamicIndex(key: string): number | undefined {
    const number = this.#numbers.get(key)
    return number === undefined ? undefined : staticEntries + this.#table.nextNumber - number
  }

  #integer(pattern: number, prefixBits: number, value: number): void {
    const mask = (1 << prefixBits) - 1
    if (value < mask) {
      this.#into[this.#at++] = pattern | value
      return
    }
    this.#into[this.#at++] = pattern | mask
    let rest = value - mask
    for (; rest >= 0x80; rest >>>= 7) this.#into[this.#at++] = (rest & 0x7f) | 0x80
    this.#into[this.#at++] = rest
  }

  #string(text: string): void {
    this.#integer(0, 7, text.length)
    this.#at += this.#into.write(text, this.#at, "latin1")
  }
}
