/** One write or read of a single register, as small as the search wants it. */
export type RegisterCall = {
  readonly isWrite: boolean
  /** A name for the value written or seen; 0 is the register before its first write. */
  readonly value: number
  readonly invokedOrder: number
  /** Infinity: it may take effect at any time from its begin on, or never. */
  readonly endOrder: number
}

export type RegisterOrder =
  | { readonly found: "order" }
  /** No order fits. The best attempt stopped at the call that ended next, the register holding `value`. */
  | { readonly found: "none"; readonly stoppedAt: RegisterCall; readonly value: number }
  | { readonly found: "unknown" }

/**
 * Looks for an order of the calls in which each takes effect at one moment between its begin and its end and every read
 * sees the latest write: linearizability of a register.
 *
 * Wing & Gong, "Testing and verifying concurrent objects" (1993): take any call that no other had ended before, apply
 * it, go on with the rest, step back when stuck. With Lowe's memory of configurations already tried ("Testing for
 * linearizability", 2017). Pure; `maxSteps` bounds its time and its memory.
 */
export function findRegisterOrder(calls: readonly RegisterCall[], maxSteps: number): RegisterOrder {
  const { must, may } = sorted(calls)
  const search = new Search(must, may)
  for (let steps = 0; steps < maxSteps; steps++) {
    const result = search.step()
    if (result !== undefined) return result
  }
  return { found: "unknown" }
}

function sorted(calls: readonly RegisterCall[]): { must: RegisterCall[]; may: RegisterCall[] } {
  const byInvocation = [...calls].sort((a, b) => a.invokedOrder - b.invokedOrder)
  const isOpen = (call: RegisterCall) => call.endOrder === Number.POSITIVE_INFINITY
  return { must: byInvocation.filter(call => !isOpen(call)), may: byInvocation.filter(isOpen) }
}

/** A choice that can be taken back. */
type Choice = { readonly index: number; readonly valueBefore: number; readonly firstBefore: number }

class Search {
  /** Calls that must find a place come first, by invocation; after them those that may. */
  readonly #calls: readonly RegisterCall[]
  readonly #mustCount: number
  readonly #placed: Uint8Array
  readonly #choices: Choice[] = []
  readonly #tried = new Set<string>()
  /** The first of the musts that has no place yet: all before it have one. */
  #first = 0
  #value = 0
  /** Where to go on looking in the current configuration. */
  #candidates: Iterator<number>
  #best: { readonly placed: number; readonly stoppedAt: RegisterCall; readonly value: number } | undefined
  #placedMusts = 0

  constructor(must: readonly RegisterCall[], may: readonly RegisterCall[]) {
    this.#calls = [...must, ...may]
    this.#mustCount = must.length
    this.#placed = new Uint8Array(this.#calls.length)
    this.#candidates = this.#next()
  }

  /** Places one more call, or takes the last choice back. The result when there is one. */
  step(): RegisterOrder | undefined {
    if (this.#first === this.#mustCount) return { found: "order" }
    for (let next = this.#candidates.next(); !next.done; next = this.#candidates.next()) {
      if (this.#place(next.value)) return undefined
    }
    return this.#stepBack() ? undefined : this.#none()
  }

  /** The calls that could be next: begun before the first end of all that have no place yet. Fitting reads first. */
  *#next(): Generator<number, void> {
    const windowEnd = this.#windowEnd()
    const writes: number[] = []
    for (const index of this.#begunBefore(windowEnd)) {
      const { isWrite, value } = this.#calls[index]!
      if (isWrite) writes.push(index)
      else if (value === this.#value) {
        // It changes nothing and can be next, so any order that exists at all can begin with it.
        yield index
        return
      }
    }
    yield* writes
  }

  /** Indices without a place, begun before `order`: the musts, then those that may. */
  *#begunBefore(order: number): Generator<number, void> {
    for (let index = this.#first; index < this.#mustCount; index++) {
      if (this.#calls[index]!.invokedOrder > order) break
      if (this.#placed[index] === 0) yield index
    }
    for (let index = this.#mustCount; index < this.#calls.length; index++) {
      if (this.#calls[index]!.invokedOrder > order) break
      if (this.#placed[index] === 0) yield index
    }
  }

  #windowEnd(): number {
    return this.#endingNext().endOrder
  }

  /** Of the musts without a place, the one that ends first; it began before the first of them ended. */
  #endingNext(): RegisterCall {
    let earliest = this.#calls[this.#first]!
    for (let index = this.#first + 1; index < this.#mustCount; index++) {
      const call = this.#calls[index]!
      if (call.invokedOrder > earliest.endOrder) break
      if (this.#placed[index] === 0 && call.endOrder < earliest.endOrder) earliest = call
    }
    return earliest
  }

  #place(index: number): boolean {
    const { isWrite, value } = this.#calls[index]!
    const choice = { index, valueBefore: this.#value, firstBefore: this.#first }
    this.#placed[index] = 1
    if (isWrite) this.#value = value
    while (this.#first < this.#mustCount && this.#placed[this.#first] === 1) this.#first++
    const configuration = this.#configuration()
    if (this.#tried.has(configuration)) {
      this.#undo(choice)
      return false
    }
    this.#tried.add(configuration)
    this.#choices.push(choice)
    if (index < this.#mustCount) this.#placedMusts++
    this.#candidates = this.#next()
    return true
  }

  #undo({ index, valueBefore, firstBefore }: Choice): void {
    this.#placed[index] = 0
    this.#value = valueBefore
    this.#first = firstBefore
  }

  /** What has a place and what the register holds, exactly: no hash that could collide. */
  #configuration(): string {
    let words = `${this.#value} ${this.#first}`
    const first = this.#calls[this.#first]
    // Whatever has a place out of turn began before the first without one ended.
    for (let index = this.#first + 1; index < this.#mustCount; index++) {
      if (this.#calls[index]!.invokedOrder > first!.endOrder) break
      if (this.#placed[index] === 1) words += ` ${index}`
    }
    for (let index = this.#mustCount; index < this.#calls.length; index++)
      if (this.#placed[index] === 1) words += ` ${index}`
    return words
  }

  #stepBack(): boolean {
    this.#noteBest()
    const choice = this.#choices.pop()
    if (choice === undefined) return false
    if (choice.index < this.#mustCount) this.#placedMusts--
    this.#undo(choice)
    this.#candidates = this.#after(choice.index)
    return true
  }

  /** The candidates that are left after one of them has failed. */
  *#after(failed: number): Generator<number, void> {
    let passed = false
    for (const index of this.#next()) {
      if (passed) yield index
      passed ||= index === failed
    }
  }

  #noteBest(): void {
    if (this.#best !== undefined && this.#best.placed >= this.#placedMusts) return
    this.#best = { placed: this.#placedMusts, stoppedAt: this.#endingNext(), value: this.#value }
  }

  #none(): RegisterOrder {
    const { stoppedAt, value } = this.#best!
    return { found: "none", stoppedAt, value }
  }
}
