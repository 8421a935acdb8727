import assert from "node:assert/strict"
import { test } from "node:test"
import type { Sample } from "../../src/wire/admin.ts"
import { rangeOf } from "./range.ts"
import { chartsOf } from "./series.ts"

const sample = (at: number, tiers: Sample["tiers"]): Sample => ({
  ...{ at, requestsPerSecond: 10, failedPerSecond: 0, latencyMs: { p50: 1, p95: 2, p99: 3 } },
  tiers,
})

test("every line has a value, or a hole, for every time; a tier that came later has holes before", () => {
  const one = { instances: 1, requestsPerSecond: 5, outstanding: 2 }
  const samples = [
    sample(1_000, { "edge+web": one }),
    sample(2_000, { web: { ...one, cpu: { busiest: 0.5, all: 1 } } }),
  ]
  const { times, charts } = chartsOf(samples)
  assert.deepEqual(times, [1, 2])
  for (const { lines } of charts) for (const { values } of lines) assert.equal(values.length, 2)
  const saturation = charts.find(({ title }) => title.startsWith("Saturation"))!
  assert.deepEqual(saturation.lines.find(({ name }) => name === "web")?.values, [null, 0.5])
})

test("the range of an address: a selection, the last minutes, and nonsense as if nothing was said", () => {
  const nowMs = 10_000_000
  assert.deepEqual(rangeOf({ last: "", from: "1000", to: "5000" }, nowMs), { from: 1, to: 5, isLive: false })
  assert.deepEqual(rangeOf({ last: "2m", from: "", to: "" }, nowMs), {
    from: 9_880,
    to: 10_000,
    isLive: true,
  })
  for (const from of ["x", "5000", "-1"])
    assert.equal(rangeOf({ last: "1y", from, to: "5000" }, nowMs).from, 9_100, from)
})
