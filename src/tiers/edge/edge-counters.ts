import { Latency } from "./latency.ts"

/** What this edge has done since it started. */
export class EdgeCounters {
  readonly #latency: Latency
  /** By the first digit of the status; 0 is for what is none. */
  readonly #answers = new Float64Array(10)
  readonly #refusals: Record<string, number> = {}
  readonly #refusedHeaders: Record<string, number> = {}
  requests = 0
  outstanding = 0
  /** Requests that ended without a whole answer. */
  aborted = 0
  retries = 0

  constructor(nowMs: number) {
    this.#latency = new Latency(nowMs)
  }

  get answers(): Record<string, number> {
    const counted: Record<string, number> = {}
    for (const [digit, count] of this.#answers.entries()) {
      const kind = statusClass(100 * digit)
      if (count > 0) counted[kind] = (counted[kind] ?? 0) + count
    }
    return counted
  }

  /** Answers that the edge gave itself, by their error's code. */
  get refusals(): Record<string, number> {
    return { ...this.#refusals }
  }

  refused(code: string): void {
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
  }

  /** Connections closed for their PROXY protocol header, by reason. */
  get refusedHeaders(): Record<string, number> {
    return { ...this.#refusedHeaders }
  }

  refusedHeader(reason: string): void {
    this.#refusedHeaders[reason] = (this.#refusedHeaders[reason] ?? 0) + 1
  }

  /** `latencyMs`: until the head of the answer, so that long downloads and streams do not count as slow. */
  answered(status: number, latencyMs: number, nowMs: number): void {
    const digit = Math.floor(status / 100)
    this.#answers[digit < 10 ? digit : 0]!++
    this.#latency.record(latencyMs, nowMs)
  }

  latencies(nowMs: number): Array<[ms: number, count: number]> {
    return this.#latency.bins(nowMs)
  }

  latencyMs(nowMs: number): { p50: number; p99: number } {
    return this.#latency.quantiles(nowMs)
  }
}

/** `2xx`; `other` for what is no status. */
export function statusClass(status: number): string {
  return statusClasses[Math.floor(status / 100)] ?? "other"
}

const statusClasses = [undefined, "1xx", "2xx", "3xx", "4xx", "5xx"]
