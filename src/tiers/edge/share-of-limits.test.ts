import assert from "node:assert/strict"
import { test } from "node:test"
import { BackendLoad } from "./backend/backend-load.ts"
import { Admission } from "./client/admission.ts"
import { defaultEdgeLimits } from "./edge.ts"
import { RetryBudget } from "./exchange/retry-budget.ts"
import { openFronts, shareOfLimits } from "./share-of-limits.ts"

test("what the service keeps to is divided among the front doors that are open, rounded up; the rest is everybody's", () => {
  const limits = { ...defaultEdgeLimits, maxConnections: 10, maxConnectionsPerAddress: 1 }
  assert.deepEqual(shareOfLimits(limits, 1), limits)
  const third = {
    ...limits,
    maxConnections: 4,
    maxConnectionsPerAddress: 1,
    maxConnectionsPerBackend: 171,
    minConcurrencyPerBackend: 43,
  }
  assert.deepEqual(shareOfLimits(limits, 3), third)
  const front = (id: string, state: "open" | "closed") => ({ id, state })
  assert.equal(openFronts({ fronts: [] }), 1)
  assert.equal(openFronts({ fronts: [front("app-1", "closed"), front("edge-1", "open")] }), 1)
  assert.equal(openFronts({ fronts: [front("edge-1", "open"), front("edge-2", "open")] }), 2)
})

test("who is in when a front door begins to share takes no room from who comes then; never more than all may", () => {
  const whole = { maxConnections: 10, maxConnectionsPerAddress: 4 }
  const half = { maxConnections: 5, maxConnectionsPerAddress: 2 }
  const admission = new Admission(whole)
  const enter = (count: number, address = "127.0.0.1") =>
    Array.from({ length: count }, () => admission.enter(address))
  const before = enter(4)
  admission.share(half)
  assert.deepEqual(
    enter(6).map(({ refused }) => refused),
    [undefined, undefined, undefined, undefined, undefined, "full"],
  )
  for (const { place } of before) admission.leave(place)
  assert.equal(enter(1)[0]!.refused, "full", "those who left were not counted")
  admission.share(whole)
  assert.equal(enter(1)[0]!.refused, undefined)
  const late = new Admission(whole)
  for (let count = 0; count < 9; count++) late.enter("127.0.0.1")
  late.share(half)
  assert.deepEqual([late.enter("::1").refused, late.enter("::1").refused], [undefined, "full"])
})

test("an address has its part of what it may have, loopback apart", () => {
  const admission = new Admission({ maxConnections: 100, maxConnectionsPerAddress: 4 })
  admission.share({ maxConnections: 50, maxConnectionsPerAddress: 2 })
  const refused = ["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2"].map(each => admission.enter(each).refused)
  assert.deepEqual(refused, [undefined, undefined, "address", undefined])
})

test("the advance of retries and what a quiet service may are shared; what requests bring is not", () => {
  const spendable = (budget: RetryBudget, nowMs: number) => {
    let count = 0
    while (budget.spend(nowMs)) count++
    return count
  }
  const four = Array.from({ length: 4 }, () => new RetryBudget(0.1, 0))
  for (const budget of four) budget.divide(4)
  assert.equal(
    four.reduce((sum, budget) => sum + spendable(budget, 0), 0),
    200,
  )
  const inTenSeconds = four.reduce((sum, budget) => sum + spendable(budget, 10_000), 0)
  assert.ok(inTenSeconds >= 48 && inTenSeconds <= 50, `${inTenSeconds} in ten seconds`)
  // A debt is not forgiven by sharing it.
  const spent = new RetryBudget(0.1, 0)
  assert.equal(spendable(spent, 0), 200)
  spent.divide(2)
  for (let count = 0; count < 1_999; count++) spent.deposit()
  assert.equal(spendable(spent, 0), 0)
  for (let count = 0; count < 30; count++) spent.deposit()
  assert.ok(spendable(spent, 0) >= 1)
})

test("what was found out of a backend is divided alike, and comes back", () => {
  const load = new BackendLoad({ least: 16, most: 512 })
  assert.equal(load.limit, 512)
  load.rebound({ least: 4, most: 128 })
  assert.equal(load.limit, 128)
  load.rebound({ least: 8, most: 256 })
  assert.equal(load.limit, 256)
})
