import { setTimeout as sleep } from "node:timers/promises"
import { ConnectionPool } from "./connection-pool.ts"
import type { LoadAnswer, LoadOptions, LoadReport, LoadRequest } from "./load.ts"
import { loadError } from "./load-errors.ts"
import type { ExchangeResult, LoadPool } from "./load-pool.ts"
import { LoadRun } from "./load-run.ts"
import { SessionPool } from "./session-pool.ts"
import { warmUp } from "./warm-up.ts"

/** From this rate on the generator must not begin cold; below, few requests fall into its first milliseconds. */
export const highRps = 2000
/** Idle connections kept: what arrives in 100 ms, so that a short stall does not end in closing and opening again. */
const defaultMaxIdle = (rps: number) => Math.max(32, Math.ceil(rps / 10))
const defaultWarmUpMs = (rps: number) => (rps >= highRps ? 1500 : 0)
const defaultAhead = (rps: number) => (rps >= highRps ? 256 : 0)

/**
 * Prepares itself and the scenario, then sends for `durationMs` and waits for the last answers. An abort ends it early
 * with a report of what was sent so far. Rejects only when the options are wrong or the preparation got no answer.
 */
export async function runLoad(options: LoadOptions, signal?: AbortSignal): Promise<LoadReport> {
  checkOptions(options)
  const { target, rps, timeoutMs, protocol = "http/1.1" } = options
  const maxIdle = options.maxIdleConnections ?? defaultMaxIdle(rps)
  const warmUpMs = options.warmUpMs ?? defaultWarmUpMs(rps)
  if (warmUpMs > 0) await warmUp(warmUpMs, signal)
  const poolOf = (): LoadPool =>
    protocol === "http/1.1" ? new ConnectionPool(target, maxIdle) : new SessionPool(target, protocol)
  await prepare(options, poolOf())
  const pool = poolOf()
  try {
    const ahead = pool.openAhead(Math.min(maxIdle, options.connectionsAhead ?? defaultAhead(rps)))
    await Promise.race([ahead, sleep(timeoutMs, undefined, { ref: false })])
    const run = new LoadRun(options, pool)
    options.onBegin?.()
    return await run.run(signal)
  } finally {
    pool.destroy()
  }
}

/** Its connections end with it: left idle, each would hold up a front door that drains. */
async function prepare({ scenario, timeoutMs }: LoadOptions, pool: LoadPool): Promise<void> {
  try {
    await scenario.prepare?.(request => sendAlone(pool, request, timeoutMs))
  } finally {
    pool.destroy()
  }
}

async function sendAlone(pool: LoadPool, request: LoadRequest, timeoutMs: number): Promise<LoadAnswer> {
  const place = pool.take(false)
  const { promise, resolve } = Promise.withResolvers<ExchangeResult>()
  place.exchange({ onAnswer: () => {}, ...request }, performance.now() + timeoutMs, resolve)
  const result = await promise
  pool.give(place)
  if (result.kind === "answer" && result.answer.status < 500) return result.answer
  const reason =
    result.kind === "answer" ? `status ${result.answer.status}` : `${result.kind} (${result.detail})`
  throw loadError("BN3002", { method: request.method, target: request.target, reason })
}

function checkOptions(options: LoadOptions): void {
  const { rps, durationMs, newConnectionShare, timeoutMs, warmUpMs = 0, connectionsAhead = 0 } = options
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
  check("warmUpMs", warmUpMs >= 0 && warmUpMs < Number.POSITIVE_INFINITY, "a number from 0 on", warmUpMs)
  check(
    "connectionsAhead",
    Number.isInteger(connectionsAhead) && connectionsAhead >= 0,
    "a whole number from 0 on",
    connectionsAhead,
  )
}
