import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { Gate } from "./gate.ts"

const settle = () => new Promise(resolve => setImmediate(resolve))

test("first come, first served; who waited too long is told why; who comes to a full gate is told at once", async () => {
  const clock = new ManualClock()
  const gate = new Gate<number>({ maxWaiting: 3, maxWaitMs: 100 }, clock)
  const told: string[] = []
  const enter = (name: string) =>
    gate.enter().then(
      value => told.push(`${name} ${value}`),
      error => told.push(`${name} ${error.code}`),
    )
  for (const name of ["a", "b", "c", "d"]) {
    enter(name)
    clock.advance(30)
  }
  assert.equal(gate.waiting, 2)
  assert.equal(gate.admit(1), true)
  await settle()
  assert.deepEqual(
    told,
    ["a BN2202", "d BN2201", "b 1"].sort((x, y) => told.indexOf(x) - told.indexOf(y)),
  )
  gate.reason = "the primary is away"
  const late = gate.enter()
  clock.advance(100)
  await assert.rejects(late, { code: "BN2202", message: /within 100 ms: the primary is away/ })
  assert.equal(gate.admit(2), false)
  enter("e")
  gate.refuseAll(new Error("closed"))
  await settle()
  assert.equal(gate.waiting, 0)
  assert.equal(clock.nextDueMs(), undefined)
})
