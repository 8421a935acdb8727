import type { Clock } from "../../kit/clock.ts"

/** Something that may go on for ever: an event stream, a WebSocket. */
export interface LongLived {
  /** Ends it in its own way: a retry hint, a close frame. */
  endGently(): void
  /** It did not end: cuts it. */
  cut(): void
}

export type DrainState = "serving" | "draining" | "drained"

/** How long a stream that was asked to end may take: its peer may be slow, or gone without a word. */
const gentleEndMs = 2000

/**
 * The way out of an instance, and back.
 *
 * - serving: work comes and goes.
 * - draining: what is there may finish until the deadline; then streams, which never finish, are ended, and those that
 *   come later at once. Requests are never cut by the drain.
 * - drained: nothing is outstanding. A straggler makes it draining again.
 *
 * `resume` leads back to serving from both.
 */
export class Drain {
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #streams = new Set<LongLived>()
  readonly #waiters: Array<() => void> = []
  #outstanding = 0
  /** In draining and drained: when streams are ended, on the monotonic clock. */
  #deadlineMs: number | undefined
  #cancelTimer: () => void = () => {}
  #told: DrainState = "serving"

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  get state(): DrainState {
    if (this.#deadlineMs === undefined) return "serving"
    return this.#outstanding === 0 ? "drained" : "draining"
  }

  get outstanding(): number {
    return this.#outstanding
  }

  /** The deadline has passed: no stream should begin. */
  get overdue(): boolean {
    return this.#deadlineMs !== undefined && this.#clock.monotonicMs() >= this.#deadlineMs
  }

  /** Begins to drain; while it drains already, the earlier deadline holds. */
  begin(timeoutMs: number): void {
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs
    if (this.#deadlineMs !== undefined && this.#deadlineMs <= deadlineMs) return
    this.#deadlineMs = deadlineMs
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(timeoutMs, () => this.#endStreams())
    this.#tell()
  }

  resume(): void {
    if (this.#deadlineMs === undefined) return
    this.#deadlineMs = undefined
    this.#cancelTimer()
    this.#tell()
  }

  /** A piece of work begins; the returned function, called once, ends it. */
  enter(): () => void {
    this.#outstanding++
    this.#tell()
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#outstanding--
      if (this.#outstanding === 0) for (const wake of this.#waiters.splice(0)) wake()
      this.#tell()
    }
  }

  /** A stream begins; the returned function says that it has ended. */
  hold(stream: LongLived): () => void {
    this.#streams.add(stream)
    if (this.overdue) this.#end(stream)
    return () => this.#streams.delete(stream)
  }

  /** Resolves when nothing is outstanding. */
  emptied(): Promise<void> {
    return this.#outstanding === 0 ? Promise.resolve() : new Promise(resolve => this.#waiters.push(resolve))
  }

  #endStreams(): void {
    for (const stream of [...this.#streams]) this.#end(stream)
  }

  #end(stream: LongLived): void {
    stream.endGently()
    this.#clock.after(gentleEndMs, () => {
      if (this.#streams.has(stream)) stream.cut()
    })
  }

  #tell(): void {
    const { state } = this
    if (state === this.#told) return
    this.#told = state
    this.#onChange()
  }
}
