/**
 * How long a replica has lacked something the primary had: no lag in bytes says that, and the lag in time Postgres tells is
 * of the last record that arrived, small for ever when none arrives any more. Sees the two again and again; as exact as that is often.
 */
export class Lateness<Position> {
  /** A position of the primary that the replica has not come to yet, and when it was seen. */
  #awaited: { readonly position: Position; readonly sinceMs: number } | undefined

  /** `has`: whether the replica has come to a position. Monotonic milliseconds in and out. */
  see(primary: Position, has: (position: Position) => boolean, nowMs: number): number {
    if (this.#awaited === undefined || has(this.#awaited.position)) {
      this.#awaited = has(primary) ? undefined : { position: primary, sinceMs: nowMs }
    }
    return this.#awaited === undefined ? 0 : nowMs - this.#awaited.sinceMs
  }

  /** The primary is away: what it had last may be nowhere, and nobody is late for that. */
  forget(): void {
    this.#awaited = undefined
  }
}
