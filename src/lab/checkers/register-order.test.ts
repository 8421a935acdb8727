import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { findRegisterOrder, type RegisterCall } from "./register-order.ts"

const forever = Number.POSITIVE_INFINITY
const write = (value: number, invokedOrder: number, endOrder: number) =>
  ({ isWrite: true, value, invokedOrder, endOrder }) satisfies RegisterCall
const read = (value: number, invokedOrder: number, endOrder: number) =>
  ({ isWrite: false, value, invokedOrder, endOrder }) satisfies RegisterCall

/** Up to seven calls with ends in every possible relation, some open, values often the same. */
const smallHistories = fc
  .array(
    fc.record({
      isWrite: fc.boolean(),
      value: fc.nat({ max: 3 }),
      begin: fc.nat({ max: 1_000 }),
      length: fc.nat({ max: 600 }),
      isOpen: fc.nat({ max: 5 }).map(dice => dice === 0),
    }),
    { maxLength: 7 },
  )
  .map(drafts =>
    drafts.map(({ isWrite, value, begin, length, isOpen }, index) => {
      // Fractions of the index keep orders apart, as the lines of a file do.
      const invokedOrder = begin + index / 16
      const endOrder = isWrite && isOpen ? forever : begin + length + 0.5 + index / 16
      return { isWrite, value: isWrite ? Math.max(1, value) : value, invokedOrder, endOrder }
    }),
  )

test("on small histories the search says what trying every permutation says", t => {
  const counts = { order: 0, none: 0, unknown: 0 }
  fc.assert(
    fc.property(smallHistories, calls => {
      const { found } = findRegisterOrder(calls, 100_000)
      counts[found]++
      assert.equal(found, someOrderFits(calls) ? "order" : "none")
    }),
    { numRuns: 5_000 },
  )
  t.diagnostic(JSON.stringify(counts))
  assert.ok(counts.order > 500 && counts.none > 500)
})

test("a write that never returned may take effect at any later time, or never", () => {
  const open = write(1, 0, forever)
  assert.equal(findRegisterOrder([open, read(0, 1, 2), read(1, 3, 4), read(1, 5, 6)], 1_000).found, "order")
  assert.equal(findRegisterOrder([open, read(0, 1, 2)], 1_000).found, "order")
  assert.equal(findRegisterOrder([open, read(1, 1, 2), read(0, 3, 4)], 1_000).found, "none")
  assert.equal(findRegisterOrder([read(1, -2, -1), open], 1_000).found, "none")
})

test("where no order fits, it tells which call stopped the longest one and what the register held", () => {
  const stale = read(1, 6, 7)
  const order = findRegisterOrder([write(1, 0, 1), write(2, 2, 3), read(2, 4, 5), stale], 1_000)
  assert.deepEqual(order, { found: "none", stoppedAt: stale, value: 2 })
})

test("a search beyond its bound is unknown, and the bound is kept", () => {
  const concurrent = Array.from({ length: 24 }, (_, index) => write(index + 1, index, 1_000 + index))
  assert.equal(findRegisterOrder([...concurrent, read(99, 2_000, 2_001)], 10_000).found, "unknown")
})

/** Brute force: every subset of the open writes, in every order in which no call comes after one it preceded. */
function someOrderFits(calls: readonly RegisterCall[]): boolean {
  const open = calls.filter(({ endOrder }) => endOrder === forever)
  const closed = calls.filter(({ endOrder }) => endOrder !== forever)
  for (let subset = 0; subset < 2 ** open.length; subset++) {
    const chosen = open.filter((_, index) => (subset >> index) & 1)
    for (const order of permutations([...closed, ...chosen]))
      if (respectsTime(order) && behavesAsRegister(order)) return true
  }
  return false
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[], void> {
  if (items.length === 0) yield []
  for (const [index, item] of items.entries())
    for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest]
}

function respectsTime(order: readonly RegisterCall[]): boolean {
  return order.every((call, index) =>
    order.slice(index + 1).every(({ endOrder }) => endOrder > call.invokedOrder),
  )
}

function behavesAsRegister(order: readonly RegisterCall[]): boolean {
  let held = 0
  for (const { isWrite, value } of order) {
    if (isWrite) held = value
    else if (value !== held) return false
  }
  return true
}
