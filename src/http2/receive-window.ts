/**
 * How much a peer may send: what it was allowed, less what came, more what it was given back. What was consumed is
 * given back in lots of half a window, as each WINDOW_UPDATE costs a frame; sooner where others hold most of it.
 */
export class ReceiveWindow {
  readonly #size: number
  #room: number
  #consumed = 0

  constructor(size: number) {
    this.#size = size
    this.#room = size
  }

  /** False: it was more than allowed. */
  take(bytes: number): boolean {
    this.#room -= bytes
    return this.#room >= 0
  }

  /** Returns by how much to widen the window now; often by nothing. */
  consume(bytes: number): number {
    this.#consumed += bytes
    if (this.#consumed * 2 < this.#size && this.#consumed < this.#room) return 0
    const step = this.#consumed
    this.#consumed = 0
    this.#room += step
    return step
  }
}
