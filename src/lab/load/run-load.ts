import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import { type Random, seededRandom } from "../../kit/random.ts"
import { arrivalTimes } from "./arrivals.ts"
import { ConnectionPool } from "./connection-pool.ts"
import type { LoadAnswer, LoadOptions, LoadReport, LoadRequest } from "./load.ts"
import { loadError } from "./load-errors.ts"
import { LoadTally } from "./load-tally.ts"

/** After an abort, how long outstanding requests may still be answered. */
const abortGraceMs = 1000
const defaultTickMs = 1000
/** Idle connections kept: what arrives in 100 ms, so that a short stall does not end in closing and opening again. */
const defaultMaxIdle = (rps: number) => Math.max(32, Math.ceil(rps / 10))
/** Sent in one turn of the event loop at most. */
const maxBurst = 64

/**
 * Prepares the scenario, then sends for `durationMs` and waits for the last answers. An abort ends it early with a
 * report of what was sent so far. Rejects only when the options are wrong or the preparation got no answer.
 */
export async function runLoad(options: LoadOptions, signal?: AbortSignal): Promise<LoadReport> {
  checkOptions(options)
  const pool = new ConnectionPool(options.target, options.maxIdleConnections ?? defaultMaxIdle(options.rps))
  try {
    await options.scenario.prepare?.(request => sendAlone(pool, request, options.timeoutMs))
    const run = new LoadRun(options)
    options.onBegin?.()
    return await run.run(signal)
  } finally {
    pool.destroy()
  }
}

class LoadRun {
  readonly #options: LoadOptions
  readonly #pool: ConnectionPool
  readonly #random: Random
  readonly #tally = new LoadTally()
  readonly #startMs = performance.now()
  readonly #outstanding = new Set<Promise<void>>()

  constructor(options: LoadOptions) {
    this.#options = options
    this.#pool = new ConnectionPool(options.target, options.maxIdleConnections ?? defaultMaxIdle(options.rps))
    this.#random = seededRandom(options.seed)
  }

  async run(signal: AbortSignal | undefined): Promise<LoadReport> {
    const { onTick, tickMs = defaultTickMs } = this.#options
    const ticks = setInterval(() => onTick?.(this.#tally.tick(this.#sinceStartMs())), tickMs)
    try {
      await this.#sendAll(signal)
      const durationMs = this.#sinceStartMs()
      const last = Promise.all(this.#outstanding)
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
    const connection = this.#pool.take(this.#random() < newConnectionShare)
    const sentMs = this.#sinceStartMs()
    this.#tally.sent(sentMs - intendedMs)
    const finished = connection
      .exchange(request, Math.max(1, intendedMs + timeoutMs - sentMs))
      .then(result => {
        const endMs = this.#sinceStartMs()
        const connectionBegunMs = connection.begunMs - this.#startMs
        const nthOnConnection = connection.sent
        this.#tally.finished({ request, result, intendedMs, endMs, nthOnConnection, connectionBegunMs })
        this.#pool.give(connection)
        if (result.kind === "answer") request.onAnswer?.(result.answer)
        this.#outstanding.delete(finished)
      })
    this.#outstanding.add(finished)
  }

  #sinceStartMs(): number {
    return performance.now() - this.#startMs
  }
}

async function sendAlone(pool: ConnectionPool, request: LoadRequest, timeoutMs: number): Promise<LoadAnswer> {
  const connection = pool.take(false)
  const result = await connection.exchange(request, timeoutMs)
  pool.give(connection)
  if (result.kind === "answer" && result.answer.status < 500) return result.answer
  const reason =
    result.kind === "answer" ? `status ${result.answer.status}` : `${result.kind} (${result.detail})`
  throw loadError("BN3002", { method: request.method, target: request.target, reason })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

function checkOptions(options: LoadOptions): void {
  const { rps, durationMs, newConnectionShare, timeoutMs } = options
  const check = (name: string, isFine: boolean, wanted: string, value: number) => {
    if (!isFine) throw loadError("BN3001", { name, wanted, value })
  }
  check("rps", rps > 0 && rps <= 100_000, "a number above 0, at most 100000", rps)
  check("durationMs", durationMs > 0 && durationMs < Number.POSITIVE_INFINITY, "a number above 0", durationMs)
  check("timeoutMs", timeoutMs > 0 && timeoutMs < 2 ** 31, "a number above 0", timeoutMs)
  check(
    "newConnectionShare",
    newConnectionShare >= 0 && newConnectionShare <= 1,
    "between 0 and 1",
    newConnectionShare,
  )
}
