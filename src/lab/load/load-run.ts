import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import { type Random, seededRandom } from "../../kit/random.ts"
import { arrivalTimes } from "./arrivals.ts"
import type { LoadOptions, LoadReport, LoadRequest } from "./load.ts"
import type { ExchangeResult, LoadPlace, LoadPool } from "./load-pool.ts"
import { LoadTally } from "./load-tally.ts"

/** After an abort, how long outstanding requests may still be answered. */
const abortGraceMs = 1000
const defaultTickMs = 1000
/** Sent in one turn of the event loop at most. */
const maxBurst = 64

type Sent = {
  readonly request: LoadRequest
  readonly place: LoadPlace
  readonly intendedMs: number
}

/** Sends for `durationMs` from its making on, through a pool that it destroys at its end. */
export class LoadRun {
  readonly #options: LoadOptions
  readonly #pool: LoadPool
  readonly #random: Random
  readonly #tally = new LoadTally()
  readonly #startMs = performance.now()
  #onIdle = () => {}

  constructor(options: LoadOptions, pool: LoadPool) {
    this.#options = options
    this.#pool = pool
    this.#random = seededRandom(options.seed)
  }

  async run(signal: AbortSignal | undefined): Promise<LoadReport> {
    const { onTick, tickMs = defaultTickMs, enough } = this.#options
    const ticks = setInterval(() => onTick?.(this.#tally.tick(this.#sinceStartMs())), tickMs)
    try {
      await this.#sendAll(
        enough === undefined ? signal : AbortSignal.any(signal ? [enough, signal] : [enough]),
      )
      const durationMs = this.#sinceStartMs()
      const last = this.#lastAnswers()
      await (signal === undefined
        ? last
        : Promise.race([last, aborted(signal).then(() => sleep(abortGraceMs))]))
      onTick?.(this.#tally.tick(this.#sinceStartMs()))
      return this.#tally.report(this.#options, durationMs, this.#pool.counts)
    } finally {
      clearInterval(ticks)
      this.#pool.destroy()
    }
  }

  /**
   * Sleeps until each intended time; a late wake-up sends all that are due, each with its own intended time. Answers
   * are read between bursts: unread, each would cost its successor a new connection, and the generator its time.
   */
  async #sendAll(signal: AbortSignal | undefined): Promise<void> {
    const { arrivals, rps, durationMs } = this.#options
    let burst = 0
    for (const intendedMs of arrivalTimes(arrivals, rps, durationMs, this.#random)) {
      const waitMs = intendedMs - this.#sinceStartMs()
      // Timers count whole milliseconds: rounded up, so that nothing is ever sent early.
      if (waitMs > 0) await sleep(Math.ceil(waitMs), undefined, signal && { signal }).catch(() => {})
      else if (burst === maxBurst) await nextTurn()
      burst = waitMs > 0 || burst === maxBurst ? 1 : burst + 1
      if (signal?.aborted) return
      this.#send(intendedMs)
    }
    const restMs = durationMs - this.#sinceStartMs()
    if (restMs > 0) await sleep(restMs, undefined, signal && { signal }).catch(() => {})
  }

  #send(intendedMs: number): void {
    const { scenario, newConnectionShare, timeoutMs } = this.#options
    const request = scenario.next()
    const place = this.#pool.take(this.#random() < newConnectionShare)
    const sentMs = this.#sinceStartMs()
    this.#tally.sent(sentMs - intendedMs)
    const deadlineMs = this.#startMs + Math.max(sentMs + 1, intendedMs + timeoutMs)
    const sent: Sent = { request, place, intendedMs }
    place.exchange(request, deadlineMs, result => this.#finished(sent, result))
  }

  #finished({ request, place, intendedMs }: Sent, result: ExchangeResult): void {
    this.#tally.finished({
      request,
      result,
      intendedMs,
      endMs: this.#sinceStartMs(),
      nthOnConnection: place.sent,
      connectionBegunMs: place.begunMs - this.#startMs,
    })
    this.#pool.give(place)
    if (result.kind === "answer") request.onAnswer?.(result.answer)
    if (this.#tally.outstanding === 0) this.#onIdle()
  }

  /** Once all has been sent: resolves when nothing is outstanding any more. */
  #lastAnswers(): Promise<void> {
    return new Promise(resolve => {
      this.#onIdle = resolve
      if (this.#tally.outstanding === 0) resolve()
    })
  }

  #sinceStartMs(): number {
    return performance.now() - this.#startMs
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}
