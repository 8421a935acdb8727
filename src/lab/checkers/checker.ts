import type { History, Operation } from "../history/history.ts"

/** Judges a history by one rule; pure, and knows nothing of what served it. */
export type Checker = {
  readonly name: string
  /** What holds when it is content, as a sentence. */
  readonly claim: string
  check(history: History): Verdict
}

/** `ok` only when something was checked, nothing was wrong and nothing stayed unknown. */
export type Verdict = {
  readonly checker: string
  readonly ok: boolean
  /** The first of them; `violated` counts all. */
  readonly violations: readonly Violation[]
  readonly violated: number
  /** What could not be decided, as sentences. Never a pass. */
  readonly unknown: readonly string[]
  /** How many facts were held against the rule; the claim names them. */
  readonly checked: number
}

export type Violation = {
  /** A short name: `lost`, `stale`. */
  readonly rule: string
  readonly words: string
  /** Those that contradict each other. */
  readonly operations: readonly Operation[]
}

/** A broken service violates a rule a million times over; the first ones tell as much. */
const mostViolations = 100

/** Collects what a checker finds. */
export class Findings {
  readonly #violations: Violation[] = []
  readonly #unknown: string[] = []
  #violated = 0
  #checked = 0

  checked(count = 1): void {
    this.#checked += count
  }

  violation(rule: string, words: string, operations: readonly Operation[]): void {
    this.#violated++
    if (this.#violations.length < mostViolations) this.#violations.push({ rule, words, operations })
  }

  unknown(words: string): void {
    this.#unknown.push(words)
  }

  /** A rule that met nothing it could judge has shown nothing. */
  verdict(checker: string): Verdict {
    if (this.#checked === 0 && this.#unknown.length === 0 && this.#violated === 0)
      this.#unknown.push("the history holds nothing to check")
    return {
      checker,
      ok: this.#violated === 0 && this.#unknown.length === 0,
      violations: this.#violations,
      violated: this.#violated,
      unknown: this.#unknown,
      checked: this.#checked,
    }
  }
}

/** How an operation is named in a violation. */
export function nameOf({ kind, id, session }: Operation): string {
  return `${kind} ${id} (session ${session})`
}
