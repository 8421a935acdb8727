/** A post that was sent, by the clock of this machine, which is the database's, too: epoch milliseconds. */
export type SentPost = {
  readonly text: string
  readonly sentAtMs: number
  /** Absent: nobody knows whether it was taken. */
  readonly acknowledgedAtMs?: number
}

/** What a restore must have brought back: everything acknowledged until then, nothing sent later. */
export type RestoredTo = { readonly words: string; readonly fromMs: number; readonly untilMs: number }

/**
 * Every post that was ever sent, and what earlier restores made of it: who was there is there for good, who was left behind
 * never comes back.
 */
export class KeptPosts {
  readonly #fresh = new Map<string, SentPost>()
  readonly #kept = new Set<string>()
  readonly #left = new Set<string>()

  sent(post: SentPost): void {
    this.#fresh.set(post.text, post)
  }

  /** Of those sent since the last restore. */
  fresh(): readonly SentPost[] {
    return [...this.#fresh.values()]
  }

  /**
   * Judges what is there after a restore. Of what was acknowledged before `fromMs` nothing may be missing, of what was sent
   * after `untilMs` nothing may be there; between the two either may be.
   */
  judge(there: readonly string[], { words, fromMs, untilMs }: RestoredTo): string[] {
    const seen = new Set(there)
    const fresh = this.fresh()
    const missing = fresh.filter(({ text }) => !seen.has(text))
    const kept = fresh.filter(({ text }) => seen.has(text))
    const told = (count: number, what: string) =>
      count === 0 ? [] : [`restored to ${words}: ${count} ${what}`]
    const violations = [
      ...told(there.length - seen.size, "posts are there twice"),
      ...told(missing.filter(isBefore(fromMs)).length, "acknowledged and archived posts are lost"),
      ...told(kept.filter(({ sentAtMs }) => sentAtMs > untilMs).length, "posts are of a later time"),
      ...told([...this.#kept].filter(text => !seen.has(text)).length, "posts of an earlier restore are lost"),
      ...told(
        [...this.#left].filter(text => seen.has(text)).length,
        "posts are back that a restore had undone",
      ),
      ...told(there.filter(text => !this.#isKnown(text)).length, "posts are there that nobody sent"),
    ]
    for (const { text } of kept) this.#kept.add(text)
    for (const { text } of missing) this.#left.add(text)
    this.#fresh.clear()
    return violations
  }

  #isKnown(text: string): boolean {
    return this.#fresh.has(text) || this.#kept.has(text) || this.#left.has(text)
  }
}

function isBefore(atMs: number): (post: SentPost) => boolean {
  return ({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined && acknowledgedAtMs <= atMs
}
