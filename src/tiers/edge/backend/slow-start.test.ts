import assert from "node:assert/strict"
import { test } from "node:test"
import { seededRandom } from "../../../kit/random.ts"
import { chooseBackend } from "./balance.ts"
import { SlowStart } from "./slow-start.ts"

test("a new backend's share grows from a tenth to the whole", () => {
  const start = new SlowStart(5_000)
  start.up(100_000)
  const shares = [100_000, 100_400, 102_600, 105_000, 900_000].map(nowMs => {
    start.sweep(nowMs)
    return start.share
  })
  assert.deepEqual(shares, [0.1, 0.1, 0.52, 1, 1])
})

test("who was down for long begins anew; a hiccup, or one more passed check, costs nothing", () => {
  const start = new SlowStart(5_000)
  start.up(0)
  start.up(4_000)
  start.sweep(4_000)
  assert.equal(start.share, 0.8)
  start.down(10_000)
  start.up(10_100)
  assert.equal(start.share, 1)
  start.down(20_000)
  start.down(21_000)
  start.up(21_100)
  assert.equal(start.share, 0.1)
})

test("0: the whole share at once", () => {
  const start = new SlowStart(0)
  start.up(0)
  assert.equal(start.share, 1)
})

test("fewest requests under way do not draw everything to a new backend: it gets about its share", () => {
  const random = seededRandom(1)
  const pool = [
    { id: "old-1", weight: 1, outstanding: 20 },
    { id: "old-2", weight: 1, outstanding: 20 },
    { id: "new", weight: 0.1, outstanding: 0 },
  ]
  const taken = Array.from({ length: 100 }, () => {
    const chosen = chooseBackend(pool, random)!
    chosen.outstanding++
    return chosen.id
  })
  const news = taken.filter(id => id === "new").length
  assert.ok(news >= 2 && news <= 12, `${news} of 100`)
})
