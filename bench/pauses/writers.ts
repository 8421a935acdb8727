import { setTimeout as sleep } from "node:timers/promises"

/** Wall-clock time with fractions: what other processes write down is compared with it. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** Resolves when the write was acknowledged; rejects when it was not, or nobody knows. Never repeats it. */
export type Write = (text: string) => Promise<void>

/** A moment of calm between two writes: the machine shall be measured, not filled. */
const paceMs = 5
const patienceMs = 120_000
const lookMs = 2

/**
 * Clients that write one row after the other, each with a text of its own, and note what was acknowledged: from outside,
 * by themselves, repeating nothing.
 */
export class Writers {
  readonly acknowledged: { readonly text: string; readonly atMs: number }[] = []
  readonly failed: string[] = []
  readonly #run = Math.random().toString(36).slice(2, 8)
  #longestWaitMs = 0
  #over = false
  readonly #running: Promise<unknown>

  constructor(writes: readonly Write[]) {
    this.#running = Promise.all(writes.map((write, writer) => this.#endless(write, writer)))
  }

  /** What each text begins with. */
  get prefix(): string {
    return `bench ${this.#run} `
  }

  /** The longest anybody waited for an acknowledgement since this was last asked; who still waits is not in it. */
  takeLongestWaitMs(): number {
    const longestMs = this.#longestWaitMs
    this.#longestWaitMs = 0
    return longestMs
  }

  /** When the first acknowledgement came at or after that moment. */
  async firstAfter(atMs: number): Promise<number> {
    for (const startedMs = nowMs(); nowMs() - startedMs < patienceMs; await sleep(lookMs)) {
      if ((this.acknowledged.at(-1)?.atMs ?? 0) < atMs) continue
      return this.acknowledged.find(one => one.atMs >= atMs)!.atMs
    }
    throw new Error(`nothing was acknowledged for ${patienceMs} ms`)
  }

  /** So many more, whatever happens. */
  async more(count: number): Promise<void> {
    const goal = this.acknowledged.length + count
    for (const startedMs = nowMs(); this.acknowledged.length < goal; await sleep(lookMs))
      if (nowMs() - startedMs > patienceMs) throw new Error(`nothing was acknowledged for ${patienceMs} ms`)
  }

  /** The longest time between those moments in which nobody was acknowledged anything. */
  longestSilenceMs(fromMs: number, untilMs: number): number {
    const times = this.acknowledged.map(one => one.atMs).filter(atMs => atMs >= fromMs && atMs <= untilMs)
    return times.reduce((longest, atMs, index) => Math.max(longest, atMs - (times[index - 1] ?? fromMs)), 0)
  }

  /** After the answers that are awaited. */
  async stop(): Promise<void> {
    this.#over = true
    await this.#running
  }

  /** Acknowledged texts that are not there exactly once. */
  lost(there: readonly string[]): string[] {
    const times = new Map<string, number>()
    for (const text of there) times.set(text, (times.get(text) ?? 0) + 1)
    return this.acknowledged.map(one => one.text).filter(text => times.get(text) !== 1)
  }

  async #endless(write: Write, writer: number): Promise<void> {
    for (let nth = 1; !this.#over; nth++) {
      const text = `${this.prefix}${writer}-${nth}`
      const startedMs = nowMs()
      try {
        await write(text)
        this.acknowledged.push({ text, atMs: nowMs() })
      } catch (error) {
        this.failed.push(`${text}: ${error instanceof Error ? error.message : error}`)
      }
      this.#longestWaitMs = Math.max(this.#longestWaitMs, nowMs() - startedMs)
      await sleep(paceMs)
    }
  }
}
