import type { Clock } from "../../kit/clock.ts"
import type { TracePart } from "../../wire/request-trace.ts"

type Seen = { readonly instance: string; readonly part: TracePart }

/** What everybody answered, and who did not in time. */
export type CollectedTraces = {
  readonly at: number
  readonly parts: readonly Seen[]
  readonly silent: readonly string[]
}

/** A process that is well answers within a turn of its event loop. */
const answerWithinMs = 1_000
/** Several who look at once, and a page that looks again and again, ask the instances no more often. */
const freshForMs = 500

/** Asks instances for what they keep of requests, when somebody looks; nothing is kept here. */
export class TraceCollector {
  readonly #clock: Clock
  readonly #ask: (asked: number) => readonly string[]
  #asked = 0
  #waitingFor = new Set<string>()
  #parts: Seen[] = []
  #complete: () => void = () => {}
  #last: { readonly sinceMs: number; readonly collected: Promise<CollectedTraces> } | undefined

  constructor(clock: Clock, ask: (asked: number) => readonly string[]) {
    this.#clock = clock
    this.#ask = ask
  }

  collect(): Promise<CollectedTraces> {
    const nowMs = this.#clock.monotonicMs()
    if (this.#last === undefined || nowMs - this.#last.sinceMs >= freshForMs)
      this.#last = { sinceMs: nowMs, collected: this.#collect() }
    return this.#last.collected
  }

  heard(instance: string, asked: number, parts: readonly TracePart[]): void {
    if (asked !== this.#asked || !this.#waitingFor.has(instance)) return
    for (const part of parts) this.#parts.push({ instance, part })
    this.#answered(instance)
  }

  /** Its link has ended: it will not answer. */
  gone(instance: string): void {
    if (this.#waitingFor.has(instance)) this.#answered(instance)
  }

  #answered(instance: string): void {
    this.#waitingFor.delete(instance)
    if (this.#waitingFor.size === 0) this.#complete()
  }

  async #collect(): Promise<CollectedTraces> {
    // Whoever still waits for an earlier round gets what came until now.
    this.#complete()
    const parts: Seen[] = []
    this.#parts = parts
    const asked = ++this.#asked
    const waitingFor = new Set(this.#ask(asked))
    this.#waitingFor = waitingFor
    if (waitingFor.size > 0)
      await new Promise<void>(resolve => {
        const cancel = this.#clock.after(answerWithinMs, resolve)
        this.#complete = () => {
          cancel()
          resolve()
        }
      })
    const silent = [...waitingFor].sort()
    // Whoever answers after this does so in vain.
    waitingFor.clear()
    return { at: this.#clock.nowMs(), parts, silent }
  }
}
