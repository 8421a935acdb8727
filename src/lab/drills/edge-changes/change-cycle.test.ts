import assert from "node:assert/strict"
import { test } from "node:test"
import { seededRandom } from "../../../kit/random.ts"
import type { PlanView, StepView } from "../../../wire/admin.ts"
import { changeCycle, transitionsOf } from "./change-cycle.ts"

test("every cycle goes up and comes back, has one of two front doors leave, and never asks for what is there", () => {
  const random = seededRandom(7)
  for (let nth = 1; nth <= 200; nth++) {
    const cycle = changeCycle(nth, 18, random)
    assert.equal(cycle.length, 20)
    assert.deepEqual([cycle[0]!.name, cycle.at(-1)!.name], ["grow", nth % 2 === 1 ? "shrink" : "apply"])
    assert.equal(cycle.filter(({ change }) => change === undefined).length, 1)
    const counts: Record<string, number> = { web: 2, edge: 1 }
    for (const { change } of cycle) {
      if (change === undefined) assert.equal(counts["edge"], 2)
      if (change?.type !== "scale") continue
      for (const [group, count] of Object.entries(change.instances)) {
        assert.notEqual(count, counts[group])
        assert.ok(count >= 1 && count <= { web: 4, edge: 2 }[group]!)
        counts[group] = count
      }
    }
  }
})

test("the same seed makes the same changes", () => {
  const [once, again] = [1, 1].map(seed => changeCycle(1, 18, seededRandom(seed)))
  assert.deepEqual(once, again)
})

test("steps that were done are counted, those of other kinds are not", () => {
  const step = (kind: StepView["kind"], state: StepView["state"]): StepView => ({
    kind,
    id: "web-1",
    reason: "",
    state,
  })
  const phases = [
    [step("start", "done"), step("route", "done")],
    [step("route", "done"), step("open", "done")],
    [step("close", "failed"), step("drain", "done")],
  ]
  const plan: PlanView = { id: "1", trigger: "", from: "single", to: "balanced", phases, state: "done" }
  assert.deepEqual(transitionsOf(plan), {
    "backends added": 2,
    "front doors opened": 1,
    "backends drained and taken away": 1,
  })
})
