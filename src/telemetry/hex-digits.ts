import type { Random } from "../kit/random.ts"

/** What is made at once: the ids of so many requests cost little more than those of one. */
const wordCount = 192
const digitsOfWord = 8

/** Random hexadecimal digits. Each eight of them are not all zero, which the standard forbids of an id. */
export class HexDigits {
  readonly #random: Random
  readonly #words = new Uint32Array(wordCount)
  #digits = ""
  #taken = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** `count`: a multiple of eight. */
  take(count: number): string {
    if (this.#taken + count > this.#digits.length) this.#make()
    const digits = this.#digits.slice(this.#taken, this.#taken + count)
    this.#taken += count
    return digits
  }

  #make(): void {
    for (let at = 0; at < wordCount; at++) this.#words[at] = this.#random() * 0xffff_ffff + 1
    this.#digits = Buffer.from(this.#words.buffer).toString("hex", 0, (wordCount * digitsOfWord) / 2)
    this.#taken = 0
  }
}
