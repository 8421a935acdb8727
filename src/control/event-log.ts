import type { EventView } from "../wire/admin.ts"

export type NumberedEvent = { readonly seq: number; readonly event: EventView }

/** The newest events, numbered, for clients that come back after a while. Bounded: the oldest fall out. */
export class EventLog {
  readonly #capacity: number
  readonly #listeners = new Set<(event: NumberedEvent) => void>()
  #events: NumberedEvent[] = []
  #lastSeq: number

  /** Numbers start after `firstSeq`, so that those of an earlier control plane are not mistaken for this one's. */
  constructor(options: { capacity?: number; firstSeq?: number } = {}) {
    this.#capacity = options.capacity ?? 1000
    this.#lastSeq = options.firstSeq ?? 0
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  append(event: EventView): void {
    const numbered = { seq: ++this.#lastSeq, event }
    this.#events.push(numbered)
    if (this.#events.length > this.#capacity * 1.5) this.#events = this.#events.slice(-this.#capacity)
    for (const listener of [...this.#listeners]) listener(numbered)
  }

  /** Events after `seq`; `gap` when some of them are no longer kept, or never were this log's. */
  after(seq: number): { readonly gap: boolean; readonly events: readonly NumberedEvent[] } {
    const firstKept = this.#events[0]?.seq ?? this.#lastSeq + 1
    const gap = seq + 1 < firstKept || seq > this.#lastSeq
    return { gap, events: gap ? [] : this.#events.filter(each => each.seq > seq) }
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
