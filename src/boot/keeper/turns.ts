/** Work that waits for its turn, by what it is about; all of it can be ended at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()
  #abort = new AbortController()

  /** Begins once all earlier work about the same has settled. */
  take<T>(about: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#abort
    const before = this.#last.get(about) ?? Promise.resolve()
    const turn = before.then(() => {
      signal.throwIfAborted()
      return work(signal)
    })
    const settled = turn.catch(() => {})
    this.#last.set(about, settled)
    return turn
  }

  /** What is under way is told to end, what waits never begins. What is taken later waits for the former's end. */
  endAll(reason: Error): void {
    this.#abort.abort(reason)
    this.#abort = new AbortController()
  }

  /** Resolves when nothing that was taken by now is under way. */
  async quiet(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}
