import assert from "node:assert/strict"
import { test } from "node:test"
import { seededRandom } from "../../kit/random.ts"
import { EdgeCounters } from "../../tiers/edge/edge-counters.ts"
import type { Report } from "../../wire/report.ts"
import { CounterLedger } from "./counter-ledger.ts"
import { latencyOf, ratesOf } from "./traffic.ts"

/** What a front door that answered so reports. */
function reportOf(id: string, counters: EdgeCounters, state: "open" | "draining" = "open"): Report {
  const front = {
    ...{
      state,
      connections: 0,
      outstanding: 0,
      requests: 0,
      answers: {},
      aborted: 0,
      retries: 0,
      backends: [],
    },
    latencyMs: counters.latencyMs(0),
    latencies: counters.latencies(0),
  }
  return { id, epoch: { term: 1, counter: 1 }, ready: true, front }
}

test("quantiles of several front doors are those of one that saw everything, within 2 %", t => {
  const seed = Math.floor(Math.random() * 1e6)
  t.diagnostic(`SEED=${seed}`)
  const random = seededRandom(seed)
  const doors = [new EdgeCounters(0), new EdgeCounters(0), new EdgeCounters(0)]
  const all: number[] = []
  // Each sees another mix: no average of their quantiles would do.
  for (const [nth, door] of doors.entries())
    for (let count = 0; count < 2_000 * (nth + 1); count++) {
      const ms = nth === 0 ? 0.2 + random() : -Math.log(1 - random()) * 10 ** nth
      all.push(ms)
      door.answered(200, ms, 0)
    }
  all.sort((a, b) => a - b)
  const reports = doors.map((door, nth) => reportOf(`edge-${nth + 1}`, door, nth === 2 ? "draining" : "open"))
  const wire = JSON.parse(JSON.stringify(reports)) as Report[]
  const { p50, p99 } = latencyOf(wire)
  for (const [found, quantile] of [[p50, 0.5] as const, [p99, 0.99] as const]) {
    const exact = all[Math.floor(quantile * (all.length - 1))]!
    assert.ok(Math.abs(found - exact) <= exact * 0.021, `${quantile}: ${found} for ${exact}`)
  }
})

test("one that tells no latencies is of an older version: then the slowest open one counts", () => {
  const [fast, slow] = [new EdgeCounters(0), new EdgeCounters(0)]
  fast.answered(200, 1, 0)
  slow.answered(200, 100, 0)
  const old = reportOf("edge-2", slow)
  const { latencies: _, ...front } = old.front!
  const { p50 } = latencyOf([reportOf("edge-1", fast), { ...old, front }])
  assert.ok(p50 > 90)
  assert.deepEqual(latencyOf([]), { p50: 0, p95: 0, p99: 0 })
})

test("rates: the same at every moment of a steady flow; of a process that died and came back never below zero", () => {
  const ledger = new CounterLedger()
  const tell = (pid: number, atMs: number, requests: number, aborted: number) => {
    const report = reportOf("edge-1", new EdgeCounters(0))
    ledger.met("edge-1", pid)
    ledger.heard({ ...report, front: { ...report.front!, requests, aborted } }, atMs)
  }
  for (let atMs = 0; atMs <= 20_000; atMs += 1_000) tell(1, atMs, 50_000 + atMs / 10, 70 + atMs / 1_000)
  for (let nowMs = 3_100; nowMs <= 22_000; nowMs += 370)
    assert.deepEqual(ratesOf(ledger, 0, nowMs), { requestsPerSecond: 100, errorsPerSecond: 1 }, `${nowMs}`)
  tell(2, 21_000, 60_000, 0)
  const { requestsPerSecond, errorsPerSecond } = ratesOf(ledger, 0, 23_000)
  assert.ok(requestsPerSecond > 100 && errorsPerSecond > 0)
  assert.deepEqual(ratesOf(ledger, 0, 40_000), { requestsPerSecond: 0, errorsPerSecond: 0 })
  assert.deepEqual(ratesOf(new CounterLedger(), 1_000, 1_001), { requestsPerSecond: 0, errorsPerSecond: 0 })
})
