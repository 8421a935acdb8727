const windowSeconds = 60

/** Of each second of the window how many; `second` says which one the place was used for last. */
type Place = { second: number; errors: number }

/**
 * How many lines of errors each log was given in the last minute. Holds a minute of numbers for each log that had one,
 * however many come; what left long ago is forgotten when somebody new has errors.
 */
export class RecentErrors {
  readonly #logs = new Map<string, Place[]>()

  /** One that says no time, or one that is still to come, is of now. */
  add(log: string, atMs: number | undefined, nowMs: number): void {
    const second = secondOf(Math.min(atMs ?? nowMs, nowMs))
    if (isPast(second, nowMs)) return
    const place = this.#placesOf(log, nowMs)[second % windowSeconds]!
    if (place.second !== second) Object.assign(place, { second, errors: 0 })
    place.errors++
  }

  count(log: string, nowMs: number): number {
    const places = this.#logs.get(log) ?? []
    return places.reduce((sum, { second, errors }) => (isPast(second, nowMs) ? sum : sum + errors), 0)
  }

  /** Logs whose numbers are held. */
  get size(): number {
    return this.#logs.size
  }

  #placesOf(log: string, nowMs: number): Place[] {
    const known = this.#logs.get(log)
    if (known !== undefined) return known
    for (const [other, places] of this.#logs)
      if (places.every(({ second }) => isPast(second, nowMs))) this.#logs.delete(other)
    const places = Array.from({ length: windowSeconds }, () => ({ second: 0, errors: 0 }))
    this.#logs.set(log, places)
    return places
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1_000)
}

function isPast(second: number, nowMs: number): boolean {
  return second <= secondOf(nowMs) - windowSeconds
}
