/** A bounded line of those who wait for something, in order of arrival. */
export class WaitingLine<T> {
  readonly #max: number
  readonly #waiting = new Set<T>()

  constructor(max: number) {
    this.#max = max
  }

  get length(): number {
    return this.#waiting.size
  }

  /** False when the line is full. */
  join(one: T): boolean {
    if (this.#waiting.size >= this.#max) return false
    this.#waiting.add(one)
    return true
  }

  leave(one: T): void {
    this.#waiting.delete(one)
  }

  /** In order; who leaves meanwhile is passed over. */
  [Symbol.iterator](): Iterator<T> {
    return this.#waiting[Symbol.iterator]()
  }
}
