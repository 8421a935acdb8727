import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  noOrders,
  type OrderHistory,
  orderBegun,
  orderDueAtMs,
  orderFailed,
  orderInherited,
  orderIssued,
} from "./renewal.ts"

const minuteMs = 60_000
const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 5, 1)
const names = ["a.example", "b.example"]
const lifeOf = (days: number, atMs = nowMs) => ({ names, notBeforeMs: atMs, notAfterMs: atMs + days * dayMs })
const isDue = (history: OrderHistory, life: Parameters<typeof orderDueAtMs>[1] = undefined, atMs = nowMs) =>
  orderDueAtMs(names, life, history, atMs) <= atMs

test("without a certificate, or with one for other names, an order is due at once", () => {
  assert.ok(isDue(noOrders))
  assert.ok(isDue(noOrders, { ...lifeOf(90), names: ["a.example"] }))
  assert.ok(isDue(noOrders, { ...lifeOf(90), names: [...names, "c.example"] }))
  assert.ok(!isDue(noOrders, { ...lifeOf(90), names: names.toReversed() }))
})

test("renewed with a third of its lifetime left, with half of a short one, up to a thirtieth earlier", () => {
  const daysUntilDue = (days: number, spread: number) =>
    (orderDueAtMs(names, lifeOf(days), { ...noOrders, spread }, nowMs) - nowMs) / dayMs
  assert.deepEqual([daysUntilDue(90, 0), daysUntilDue(90, 1)].map(Math.round), [60, 57])
  assert.equal(daysUntilDue(6, 0), 3)
})

test("after a failure it waits 2 min, twice as long after each more, at most 12 h: five tries in an hour", () => {
  let history = noOrders
  let atMs = nowMs
  const waits: number[] = []
  for (let nth = 0; nth < 14; nth++) {
    history = orderFailed(orderBegun(history, atMs, 0), atMs)
    const dueMs = orderDueAtMs(names, undefined, history, atMs)
    waits.push((dueMs - atMs) / minuteMs)
    atMs = dueMs
  }
  assert.deepEqual(waits.slice(0, 5), [2, 4, 8, 16, 32])
  assert.equal(waits.at(-1), 720)
  assert.ok(waits.slice(0, 4).reduce((sum, wait) => sum + wait) < 60, "the fifth comes within the hour")
  assert.ok(waits.slice(0, 5).reduce((sum, wait) => sum + wait) >= 60, "the sixth does not")
  assert.deepEqual(orderIssued(history, atMs), { ...noOrders, lastAtMs: atMs })
})

test("what the authority says of the time holds, also where it is longer than the wait", () => {
  const limited = orderFailed(noOrders, nowMs, 36 * 60 * minuteMs)
  assert.equal(orderDueAtMs(names, undefined, limited, nowMs), nowMs + 36 * 60 * minuteMs)
  const soon = orderFailed(noOrders, nowMs, 1_000)
  assert.equal(orderDueAtMs(names, undefined, soon, nowMs), nowMs + 2 * minuteMs)
})

test("who takes over an order goes on at once; who dies at it again and again, slower and slower", () => {
  let history = noOrders
  const waits: number[] = []
  for (let nth = 0; nth < 4; nth++) {
    history = orderInherited(orderBegun(history, nowMs, 0))
    waits.push((orderDueAtMs(names, undefined, history, nowMs) - nowMs) / 1000)
  }
  assert.deepEqual(waits, [0, 30, 60, 120])
  assert.equal(orderInherited(history), history)
  const wished = orderInherited(orderBegun(orderIssued(noOrders, nowMs), nowMs, 0))
  assert.ok(isDue(wished, lifeOf(90)), "also where nothing but a wish had begun it")
  const failed = orderFailed(wished, nowMs)
  assert.deepEqual(
    [1, 3].map(min => isDue(failed, lifeOf(90), nowMs + min * minuteMs)),
    [false, true],
  )
})

test("whatever happened before: no wait is longer than 15 h but the authority's own, and a certificate is never late", () => {
  const step = fc.record({
    kind: fc.constantFrom("failed", "died", "issued", "clock-set-back"),
    spread: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      let history = noOrders
      let atMs = nowMs
      for (const { kind, spread } of steps) {
        if (kind === "clock-set-back") atMs -= 30 * dayMs
        const begun = orderBegun(history, atMs, spread)
        if (kind === "failed") history = orderFailed(begun, atMs)
        if (kind === "died") history = orderInherited(begun)
        if (kind === "issued") history = orderIssued(begun, atMs)
        assert.ok(
          orderDueAtMs(names, undefined, { ...history, notBeforeMs: 0 }, atMs) <= atMs + 15 * 60 * minuteMs,
        )
        const life = lifeOf(90, atMs)
        if (kind === "issued")
          assert.ok(orderDueAtMs(names, life, history, atMs) < life.notAfterMs - 29 * dayMs)
      }
    }),
  )
})
