/** Who wants to hear of something. */
export class Listeners<T = void> {
  readonly #all = new Set<(what: T) => void>()

  /** Returns how to hear no more. */
  readonly add = (listener: (what: T) => void): (() => void) => {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  tell(what: T): void {
    for (const listener of [...this.#all]) listener(what)
  }
}
