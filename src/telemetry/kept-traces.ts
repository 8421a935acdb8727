export type KeptBounds = {
  readonly windowMs: number
  /** The window is made of stretches, so that it moves without looking at everything. */
  readonly stretchMs: number
  /** Of each stretch: so many slow ones, and as many of those that are worth it for another reason. */
  readonly perStretch: number
  /** Of everything together. */
  readonly maxBytes: number
}

export const keptWindowMs = 300_000

/** What one of them may take at most, as JSON. A whole stretch of such fits into `maxBytes`. */
export const maxPartBytes = 16 * 1024

/** At most 320 requests of the last five minutes; twice `maxBytes` goes through a control link as one line. */
const defaultKeptBounds: KeptBounds = {
  windowMs: keptWindowMs,
  stretchMs: 15_000,
  perStretch: 8,
  maxBytes: 320 * 1024,
}

/** A slow one takes another's place only if it is so much slower: where latency rises and rises, few do. */
const clearlySlower = 1.1
/** Of what fails all the time no more than this often one takes another's place. */
const replaceEveryMs = 1_000

type Kept<T> = { readonly value: T; readonly latencyMs: number; readonly bytes: number }
type Stretch<T> = {
  readonly startMs: number
  readonly slow: Kept<T>[]
  readonly notable: Kept<T>[]
  replacedMs: number
}

/**
 * The slowest and the failed requests of the last minutes, in bounded memory. `wants` is asked of every request and costs a
 * few comparisons; only what it wants is made and kept. Whatever comes, a stretch makes some hundred entries at most.
 */
export class KeptTraces<T> {
  readonly #bounds: KeptBounds
  #stretches: Stretch<T>[] = []
  #current: Stretch<T> | undefined
  #endMs = Number.NEGATIVE_INFINITY
  /** Faster than this is not among the slow ones of the current stretch. */
  #floorMs = -1
  #bytes = 0

  constructor(bounds: KeptBounds = defaultKeptBounds) {
    this.#bounds = bounds
  }

  /** What all that is kept takes, as its keepers said. */
  get bytes(): number {
    return this.#bytes
  }

  /** `notable`: it failed, or is worth keeping for another reason than its time. */
  wants(latencyMs: number, notable: boolean, nowMs: number): boolean {
    if (nowMs >= this.#endMs) this.#turn(nowMs)
    return latencyMs > this.#floorMs || (notable && this.#hasRoom(nowMs))
  }

  keep(value: T, bytes: number, latencyMs: number, notable: boolean, nowMs: number): void {
    const stretch = this.#current ?? this.#turn(nowMs)
    const kept = { value, latencyMs, bytes }
    this.#bytes += bytes
    if (notable && this.#hasRoom(nowMs)) this.#keepNotable(stretch, kept, nowMs)
    else this.#keepSlow(stretch, kept)
    this.#shrink()
  }

  /** Oldest first. */
  all(nowMs: number): T[] {
    this.#forget(nowMs)
    return this.#stretches.flatMap(({ slow, notable }) => [...slow, ...notable].map(({ value }) => value))
  }

  #hasRoom(nowMs: number): boolean {
    const { notable = [], replacedMs = 0 } = this.#current ?? {}
    return notable.length < this.#bounds.perStretch || nowMs - replacedMs >= replaceEveryMs
  }

  #keepNotable(stretch: Stretch<T>, kept: Kept<T>, nowMs: number): void {
    stretch.notable.push(kept)
    if (stretch.notable.length <= this.#bounds.perStretch) return
    stretch.replacedMs = nowMs
    this.#bytes -= stretch.notable.shift()?.bytes ?? 0
  }

  #keepSlow(stretch: Stretch<T>, kept: Kept<T>): void {
    const { slow } = stretch
    slow.push(kept)
    slow.sort((a, b) => b.latencyMs - a.latencyMs)
    if (slow.length > this.#bounds.perStretch) this.#bytes -= slow.pop()?.bytes ?? 0
    this.#setFloor(stretch)
  }

  #setFloor({ slow }: Stretch<T>): void {
    const isFull = slow.length >= this.#bounds.perStretch
    this.#floorMs = isFull ? (slow.at(-1)?.latencyMs ?? 0) * clearlySlower : -1
  }

  #turn(nowMs: number): Stretch<T> {
    this.#forget(nowMs)
    const stretch = { startMs: nowMs, slow: [], notable: [], replacedMs: nowMs }
    this.#current = stretch
    this.#stretches.push(stretch)
    this.#endMs = nowMs + this.#bounds.stretchMs
    this.#floorMs = -1
    return stretch
  }

  #forget(nowMs: number): void {
    const { windowMs, stretchMs } = this.#bounds
    while (this.#stretches[0] !== undefined && nowMs - this.#stretches[0].startMs > windowMs + stretchMs)
      this.#drop(this.#stretches.shift() as Stretch<T>)
  }

  #drop(stretch: Stretch<T>): void {
    for (const { bytes } of [...stretch.slow, ...stretch.notable]) this.#bytes -= bytes
    // An idle process: the next request begins a new one.
    if (stretch === this.#current) {
      this.#current = undefined
      this.#endMs = Number.NEGATIVE_INFINITY
    }
  }

  /** Over the bound the oldest goes first, of its stretch the fastest. The current one pays last: it alone fits. */
  #shrink(): void {
    for (const { slow, notable } of this.#stretches) {
      while (this.#bytes > this.#bounds.maxBytes) {
        const gone = slow.pop() ?? notable.shift()
        if (gone === undefined) break
        this.#bytes -= gone.bytes
      }
    }
  }
}
