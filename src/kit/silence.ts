/** How often whoever listens counts, and expects a word. */
export const beatMs = 1_000

/**
 * Who has been silent for how long, counted in beats of whoever listens. A listener that was itself stopped, starved or
 * on a suspended machine has had one beat meanwhile, not thirty: its own stall makes nobody silent. No clock is read,
 * so none that jumps matters.
 */
export class SilenceMeter {
  readonly #beats = new Map<string, number>()

  heard(id: string): void {
    this.#beats.set(id, 0)
  }

  /** One more beat is over for these. Whoever is not among them is forgotten. */
  beat(ids: Iterable<string>): void {
    const counted = [...ids].map(id => [id, (this.#beats.get(id) ?? 0) + 1] as const)
    this.#beats.clear()
    for (const [id, beats] of counted) this.#beats.set(id, beats)
  }

  /** At least so long: the beat in which the last word came does not count. */
  silentMs(id: string): number {
    return Math.max(0, (this.#beats.get(id) ?? 0) - 1) * beatMs
  }
}
