import assert from "node:assert/strict"
import { test } from "node:test"
import type { LoadTick } from "../../load/load.ts"
import { sheddingViolations } from "./shedding.ts"

const loss = { calmMs: 0, lostMs: 3000, backMs: 10_000 }
const bounds = { capacity: 200, least: 140 }
type Second = readonly [ok: number, failed: number]

/** A load of 340 a second: 3 s with both replicas, 7 s without one, 7 s after it is back. */
function found(
  without: Second,
  {
    before = [340, 0],
    after = [340, 0],
    untold = 0,
  }: Partial<{ before: Second; after: Second; untold: number }> = {},
) {
  const seconds = [...times(3, before), ...times(7, without), ...times(5, [300, 40]), ...times(2, after)]
  const quantiles = { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 }
  const ticks: LoadTick[] = seconds.map(([ok, failed], nth) => {
    return { atMs: (nth + 1) * 1000, sent: ok + failed, ok, failed, latencyMs: quantiles, outstanding: 0 }
  })
  const sum = (place: 0 | 1) => seconds.reduce((total, second) => total + second[place], 0)
  const [ok, failed] = [sum(0), sum(1)]
  const report = { sent: ok + failed, ok, statuses: { 200: ok, 503: failed - untold } }
  return sheddingViolations(ticks, report, loss, bounds)
}

function times(count: number, second: Second): Second[] {
  return Array.from({ length: count }, () => second)
}

test("what the others can take is answered, the rest told so, and all is as before when it is back", () => {
  assert.deepEqual(found([190, 150]), [])
  assert.deepEqual(found([141, 199], { untold: 10 }), [])
})

test("a collapse, silence, no overload at all, too little before, failures long after: each is told", () => {
  assert.deepEqual(found([60, 280]), ["60 good answers a second without it, of a capacity of 200"])
  assert.deepEqual(found([190, 150], { untold: 400 }), [
    "400 requests were neither answered in time nor told 503, beside 850 that were",
  ])
  assert.deepEqual(found([340, 0]), ["nobody was turned away: no load that the others could not carry"])
  assert.deepEqual(found([190, 150], { before: [180, 160] }), [
    "180 good answers a second with it: one replica alone can give 200",
  ])
  assert.deepEqual(found([190, 150], { after: [339, 1] }), [
    "2 requests failed more than 5000 ms after it was back",
  ])
})

test("without a single answer meanwhile nothing is shown, and that is told too", () => {
  assert.deepEqual(found([0, 0]).slice(0, 2), [
    "nobody was turned away: no load that the others could not carry",
    "0 good answers a second without it, of a capacity of 200",
  ])
})
