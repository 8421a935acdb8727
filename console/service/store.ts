import { Listeners } from "./listeners.ts"

/** A value that outlives the pages which are drawn of it. */
export class Store<T> {
  #value: T
  readonly #listeners = new Listeners()

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  readonly subscribe = this.#listeners.add

  set(value: T): void {
    this.#value = value
    this.#listeners.tell()
  }
}
