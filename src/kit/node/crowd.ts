/** How many writes lie between two looks. */
const writesPerLook = 64
/** From so many writes in one turn on it pays to make them together (docs/decisions/0025). */
const crowdedPerTurn = 4

/** Whether many connections speak in one turn of the event loop: as it was in the last sixty-four writes. */
export class Crowd {
  readonly #turns: () => number
  #seenTurns: number
  #left = writesPerLook
  #isCrowded = false

  /** `turns`: how many the loop has taken so far; asked once in sixty-four writes. */
  constructor(turns: () => number) {
    this.#turns = turns
    this.#seenTurns = turns()
  }

  /** Counts a write, and says whether it is one of a crowd. */
  counts(): boolean {
    if (--this.#left === 0) this.#look()
    return this.#isCrowded
  }

  #look(): void {
    const turns = this.#turns()
    this.#isCrowded = (turns - this.#seenTurns) * crowdedPerTurn <= writesPerLook
    this.#seenTurns = turns
    this.#left = writesPerLook
  }
}
