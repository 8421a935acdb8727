import assert from "node:assert/strict"
import { test } from "node:test"
import { seededRandom } from "../../kit/random.ts"
import { arrivalTimes } from "./arrivals.ts"

test("constant arrivals are a metronome", () => {
  assert.deepEqual([...arrivalTimes("constant", 4, 1000, seededRandom(1))], [0, 250, 500, 750])
})

test("poisson arrivals have the asked-for mean, exponential gaps, and follow from the seed", () => {
  const times = [...arrivalTimes("poisson", 200, 100_000, seededRandom(7))]
  assert.deepEqual([...arrivalTimes("poisson", 200, 100_000, seededRandom(7))], times)
  assert.ok(Math.abs(times.length - 20_000) < 5 * Math.sqrt(20_000), String(times.length))
  const gaps = times.slice(1).map((time, at) => time - times[at]!)
  assert.ok(gaps.every(gap => gap >= 0))
  const overMean = gaps.filter(gap => gap > 5).length / gaps.length
  assert.ok(Math.abs(overMean - Math.exp(-1)) < 0.02, String(overMean))
})
