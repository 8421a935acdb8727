import { type Random, randomInt, seededRandom } from "../../../kit/random.ts"

/** A write of one writer, whose posts are numbered from 0 in the order it made them. */
export type SeededWrite =
  | { readonly type: "post"; readonly text: string }
  | { readonly type: "edit"; readonly post: number; readonly text: string }
  | { readonly type: "like" | "unlike" | "delete"; readonly post: number }

/**
 * The same writes for the same seed and writer, whenever and however fast they are made: each writer touches nothing
 * but its own posts, so what is there in the end does not depend on who was quicker.
 */
export class WriteSequence {
  readonly #writer: string
  readonly #random: Random
  #posts = 0
  readonly #living: number[] = []
  #count = 0

  constructor(writer: string, seed: number) {
    this.#writer = writer
    this.#random = seededRandom(seed)
  }

  next(): SeededWrite {
    const text = `${this.#writer} write ${this.#count++}`
    const dice = this.#random()
    if (dice < 0.4 || this.#living.length === 0) {
      this.#living.push(this.#posts++)
      return { type: "post", text }
    }
    const at = randomInt(this.#random, this.#living.length)
    const post = this.#living[at]!
    if (dice < 0.65) return { type: "edit", post, text }
    if (dice < 0.8) return { type: "like", post }
    if (dice < 0.88) return { type: "unlike", post }
    this.#living.splice(at, 1)
    return { type: "delete", post }
  }
}
