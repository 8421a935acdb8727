import { ownCopy } from "./own-copy.ts"

const noBytes: Buffer = Buffer.alloc(0)
const leastBytes = 1024

/** Bytes that come in pieces, in one memory of their own: a thousand pieces of a byte cost little more than that. */
export class CollectedBytes {
  #memory: Buffer = noBytes
  length = 0

  /** What is there so far; valid until more is added. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.length)
  }

  /** Most come in one piece: only then more are expected. */
  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (this.length === 0) this.#memory = ownCopy(piece)
    else {
      if (length > this.#memory.length) this.#grow(Math.max(leastBytes, length * 2))
      this.#memory.set(piece, this.length)
    }
    this.length = length
  }

  clear(): void {
    this.#memory = noBytes
    this.length = 0
  }

  #grow(to: number): void {
    const larger = Buffer.allocUnsafeSlow(to)
    larger.set(this.bytes)
    this.#memory = larger
  }
}
