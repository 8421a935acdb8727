import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  type BackendHealth,
  type HealthEvent,
  inRotation,
  newHealth,
  nextHealth,
  standingOf,
} from "./backend-health.ts"

const after = (...events: HealthEvent[]): BackendHealth =>
  events.reduce((health, event) => nextHealth(health, event, 0), newHealth)

test("nobody is chosen before it has proved itself", () => {
  assert.equal(standingOf(newHealth, 0), "out")
  assert.equal(standingOf(after("check-timed-out"), 0), "out")
  assert.equal(standingOf(after("check-passed"), 0), "well")
})

test("a refusal and a failed connect are hard; silence is soft, and never softens what is down", () => {
  assert.equal(standingOf(after("check-passed", "check-refused"), 0), "out")
  assert.equal(standingOf(after("check-passed", "connect-failed"), 0), "out")
  assert.equal(standingOf(after("check-passed", "check-timed-out"), 0), "suspect")
  assert.equal(standingOf(after("check-passed", "connect-failed", "check-timed-out"), 0), "out")
  assert.equal(standingOf(after("check-passed", "connect-failed", "check-passed"), 0), "well")
})

test("a drop takes it out until a check passes, then it is avoided for a while, longer each time", () => {
  let health = after("check-passed", "dropped")
  assert.equal(standingOf(health, 0), "out")
  health = nextHealth(health, "dropped", 0)
  assert.equal(health.drops, 1, "a death that drops many requests is one drop")
  health = nextHealth(health, "check-passed", 1)
  assert.equal(standingOf(health, 49), "suspect")
  assert.equal(standingOf(health, 50), "well")
  health = nextHealth(nextHealth(health, "dropped", 100), "check-passed", 100)
  assert.deepEqual([standingOf(health, 199), standingOf(health, 200)], ["suspect", "well"])
  health = nextHealth(health, "answered", 200)
  assert.equal(health.drops, 0)
})

test("suspects are left out while they are at most half of those that can be reached", () => {
  const well = { health: after("check-passed") }
  const silent = { health: after("check-passed", "check-timed-out") }
  const down = { health: after("check-passed", "connect-failed") }
  assert.deepEqual(inRotation([well, silent], 0), [well])
  assert.deepEqual(inRotation([silent], 0), [silent])
  assert.equal(inRotation([well, silent, silent, silent], 0).length, 4)
  assert.deepEqual(inRotation([well, silent, down], 0), [well])
  assert.deepEqual(inRotation([down], 0), [])
})

test("property: soft news never take away more than half of those that can be reached; hard ones always go", () => {
  const events = fc.array(
    fc.constantFrom<HealthEvent>("check-passed", "check-refused", "check-timed-out", "dropped", "answered"),
  )
  fc.assert(
    fc.property(fc.array(events, { maxLength: 8 }), histories => {
      const pool = histories.map(history => ({ health: after(...history) }))
      const reachable = pool.filter(one => standingOf(one.health, 10) !== "out")
      const chosen = inRotation(pool, 10)
      assert.ok(chosen.every(one => reachable.includes(one)))
      assert.ok(chosen.length * 2 >= reachable.length)
    }),
  )
})
