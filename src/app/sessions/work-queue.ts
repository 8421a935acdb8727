/** Runs at most `concurrency` pieces of work at once and lets at most `maxWaiting` more wait, in their order. */
export class WorkQueue {
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #waiting: Array<() => void> = []
  #running = 0

  constructor(concurrency: number, maxWaiting: number) {
    this.#concurrency = concurrency
    this.#maxWaiting = maxWaiting
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** No more may wait: `run` would have to hold what it cannot bound. */
  get full(): boolean {
    return this.#running >= this.#concurrency && this.#waiting.length >= this.#maxWaiting
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrency) this.#running++
    // Whoever ends hands its place over, so that nobody slips in between.
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
