/** What RFC 7541 section 4.1 adds to the length of name and value. */
export const entryOverhead = 32

/**
 * The fields that one side of a connection remembers: first in, first out, up to a size (RFC 7541 section 2.3.2).
 * Entries are numbered in the order they came, from 0, so that a number stays what it was.
 */
export class DynamicTable {
  #names: string[] = []
  #values: string[] = []
  /** Of `#names`: those before it have been dropped. */
  #head = 0
  #dropped = 0
  #size = 0
  #maxSize: number
  readonly #onDrop: (name: string, value: string, number: number) => void

  constructor(maxSize: number, onDrop: (name: string, value: string, number: number) => void = () => {}) {
    this.#maxSize = maxSize
    this.#onDrop = onDrop
  }

  get length(): number {
    return this.#names.length - this.#head
  }

  /** The number the next entry will have. */
  get nextNumber(): number {
    return this.#dropped + this.length
  }

  /** By age: 0 is the youngest. */
  name(age: number): string | undefined {
    return age < this.length ? this.#names[this.#names.length - 1 - age] : undefined
  }

  value(age: number): string | undefined {
    return age < this.length ? this.#values[this.#values.length - 1 - age] : undefined
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize
    this.#makeRoom(0)
  }

  /** One that is larger than the whole table empties it, and is not kept (RFC 7541 section 4.4). */
  add(name: string, value: string): void {
    const size = name.length + value.length + entryOverhead
    this.#makeRoom(size)
    if (size > this.#maxSize) return
    this.#names.push(name)
    this.#values.push(value)
    this.#size += size
  }

  #makeRoom(size: number): void {
    while (this.#size + size > this.#maxSize && this.length > 0) {
      const name = this.#names[this.#head]!
      const value = this.#values[this.#head]!
      this.#size -= name.length + value.length + entryOverhead
      this.#onDrop(name, value, this.#dropped)
      this.#names[this.#head] = ""
      this.#values[this.#head] = ""
      this.#head++
      this.#dropped++
    }
    // Places of what was dropped are given up in lots, so that a full table does not move with every entry.
    if (this.#head > 64 && this.#head * 2 > this.#names.length) {
      this.#names = this.#names.slice(this.#head)
      this.#values = this.#values.slice(this.#head)
      this.#head = 0
    }
  }
}
