import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId, Topology } from "../../topology/topology.ts"
import { modelRules as rules, settle, settled } from "../testing/plan-model.ts"
import { countInVain, judgeMemory, type MemoryUse, mayReplaceAtMs } from "./memory.ts"
import { plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const balanced = (web: number): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge: 1 },
})

type Grown = Readonly<Partial<Record<InstanceId, "replace" | "kill">>>

function grownModel(topology: Topology, grown: Grown) {
  const model = settled(topology)
  for (const [id, memory] of Object.entries(grown)) model.grow(id as InstanceId, memory!)
  return model
}

/** What is done when these have grown in a world where `topology` was reached. */
function forecast(topology: Topology, grown: Grown, desired = topology): string[][] {
  const model = grownModel(topology, grown)
  return plan(desired, model.observed(), model.nowMs, rules).phases.map(phase => phase.map(stepKey))
}

const use = (change: Partial<MemoryUse>): MemoryUse => ({
  bytes: 150,
  limitBytes: 100,
  bornAtMs: 0,
  firstOverAtMs: 100_000,
  overSinceMs: 100_000,
  ...change,
})

test("over the limit for some seconds: replaced; a burst is none; twice the limit: killed at once", () => {
  assert.equal(judgeMemory(use({ overSinceMs: undefined }), 0, 200_000), "fine")
  assert.equal(judgeMemory(use({}), 0, 103_999), "fine")
  assert.equal(judgeMemory(use({}), 0, 104_000), "replace")
  assert.equal(judgeMemory(use({ bytes: 200 }), 0, 100_000), "kill")
})

test("each replacement that was in vain doubles the age at which the next one may be, up to an hour", () => {
  const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 99].map(count => mayReplaceAtMs(use({}), count) / 60_000)
  assert.deepEqual(minutes, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  const early = use({ firstOverAtMs: 5_000, overSinceMs: 5_000 })
  assert.equal(judgeMemory(early, 0, 10_000), "replace")
  assert.equal(judgeMemory(early, 1, 59_999), "fine")
  assert.equal(judgeMemory({ ...early, bytes: 1_000 }, 1, 59_999), "fine")
  assert.equal(judgeMemory(early, 1, 60_000), "replace")
})

test("over the limit soon after the start is in vain; a leak that takes its time is not", () => {
  assert.equal(countInVain(2, use({ firstOverAtMs: 59_999 })), 3)
  assert.equal(countInVain(2, use({ firstOverAtMs: 60_000 })), 0)
})

test("another one is started and routed before it drains; it keeps the place", () => {
  const expected = [["start web-3"], ["route web-3"], ["drain web-2"], ["stop web-2"]]
  assert.deepEqual(forecast(balanced(2), { "web-2": "replace" }), expected)
  const model = grownModel(balanced(2), { "web-2": "replace" })
  settle(balanced(2), model)
  assert.deepEqual(
    model.routedBackends().map(({ id }) => id),
    ["web-1", "web-3"],
  )
  assert.deepEqual(plan(balanced(2), model.observed(), model.nowMs, rules).phases, [])
})

test("a front door opens the next one before it closes", () => {
  assert.deepEqual(forecast(stages.single, { "app-1": "replace" }), [
    ["start app-2"],
    ["route app-2"],
    ["open app-2"],
    ["close app-1", "drain app-1"],
    ["stop app-1"],
  ])
})

test("of a group one at a time, in the end all", () => {
  const model = grownModel(balanced(3), { "web-1": "replace", "web-2": "replace", "web-3": "replace" })
  let most = 0
  settle(balanced(3), model, () => {
    const running = model.live().filter(each => each.group === "web")
    most = Math.max(most, running.length)
    assert.ok(running.filter(each => each.backend === "routed").length >= 3)
    return false
  })
  assert.equal(most, 4)
  assert.ok(model.reached(balanced(3)))
})

test("who shrinks anyway loses the one that has grown; nobody is started for it", () => {
  assert.deepEqual(forecast(balanced(3), { "web-1": "replace" }, balanced(2)), [
    ["drain web-1"],
    ["stop web-1"],
  ])
})

test("far over its limit it is killed and started anew; never two of a group together", () => {
  const expected = [["kill web-1"], ["forget web-1"]]
  assert.deepEqual(forecast(balanced(2), { "web-1": "kill", "web-2": "kill" }).slice(0, 2), expected)
  assert.deepEqual(forecast(stages.single, { "app-1": "kill" })[0], ["kill app-1"])
  const model = grownModel(balanced(2), { "web-1": "kill", "web-2": "kill" })
  settle(balanced(2), model, () => {
    assert.ok(model.routedBackends().length >= 1)
    return false
  })
  assert.ok(model.reached(balanced(2)))
})
