import { FloodBudget, idleFrameRate, resetRate } from "./flood-budget.ts"
import { connectionError } from "./http2-errors.ts"

/** What a connection's client may ask for without bringing anything forward. */
export class FloodGuard {
  readonly #resets = new FloodBudget(resetRate)
  readonly #idleFrames = new FloodBudget(idleFrameRate)

  /** A frame came that brings nothing forward. Throws Http2Error when there are too many. */
  idleFrame(): void {
    if (!this.#idleFrames.spend()) throw connectionError("frames-too-many")
  }

  /** A request came to nothing by what its client did. Throws Http2Error when there are too many. */
  givenUp(): void {
    if (!this.#resets.spend()) throw connectionError("resets-too-many")
  }

  refill(nowMs: number): void {
    this.#resets.refill(nowMs)
    this.#idleFrames.refill(nowMs)
  }
}
