import assert from "node:assert/strict"
import { test } from "node:test"
import { followsAfter, windowOf } from "./list-window.ts"

test("what is drawn stays small, wherever the view is", () => {
  assert.deepEqual(windowOf(0, 24, 0, 600), { first: 0, end: 0 })
  assert.deepEqual(windowOf(5, 24, 0, 600), { first: 0, end: 5 })
  assert.deepEqual(windowOf(100_000, 24, 0, 600), { first: 0, end: 37 })
  assert.deepEqual(windowOf(100_000, 24, 2_400, 600), { first: 88, end: 137 })
  const { first, end } = windowOf(100_000, 24, 100_000 * 24 - 600, 600)
  assert.deepEqual([first, end], [99_963, 100_000])
  const beyond = windowOf(10, 24, 1_000_000, 600)
  assert.ok(beyond.first <= beyond.end)
})

test("a scroll upwards lets go, the end sticks again; a list that becomes shorter lets go of nothing", () => {
  const view = { viewHeight: 100, height: 1_000 }
  assert.equal(followsAfter(true, 900, { ...view, top: 890 }), false)
  assert.equal(followsAfter(false, 890, { ...view, top: 895 }), false)
  assert.equal(followsAfter(false, 895, { ...view, top: 899 }), true)
  assert.equal(followsAfter(true, 900, { ...view, top: 900, height: 1_400 }), true)
  assert.equal(followsAfter(true, 900, { viewHeight: 100, height: 40, top: 0 }), true)
  assert.equal(followsAfter(false, 900, { viewHeight: 100, height: 40, top: 0 }), false)
})
