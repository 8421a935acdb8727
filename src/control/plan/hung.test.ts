import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId, Topology } from "../../topology/topology.ts"
import { modelRules as rules, settled } from "../testing/plan-model.ts"
import { isHung } from "./hung.ts"
import { plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const balanced = (web: number): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge: 1 },
})

/** What is done first, and all that follows, when these hang in a world where `topology` was reached. */
function forecast(topology: Topology, hung: readonly InstanceId[], desired = topology): string[][] {
  const model = settled(topology)
  for (const id of hung) model.hang(id)
  const { phases } = plan(desired, model.observed(), model.nowMs, rules)
  return phases.map(phase => phase.map(stepKey))
}

test("who is silent on every way it can be heard hangs; who is heard on one does not", () => {
  const silence = { linkMs: 10_000, driverMs: 10_000, vouchedFor: false }
  assert.equal(isHung(silence, 10_000), true)
  assert.equal(isHung({ ...silence, linkMs: 9_000 }, 10_000), false)
  assert.equal(isHung({ ...silence, driverMs: 9_000 }, 10_000), false)
  assert.equal(isHung({ ...silence, driverMs: undefined }, 10_000), false)
  assert.equal(isHung({ ...silence, vouchedFor: true }, 10_000), false)
})

test("a web instance that hangs is killed, then replaced like any that died", () => {
  assert.deepEqual(forecast(balanced(2), ["web-1"]), [
    ["kill web-1"],
    ["forget web-1"],
    ["start web-1"],
    ["route web-1"],
  ])
})

test("the only front door is killed too: as long as it hangs nobody is served", () => {
  assert.deepEqual(forecast(stages.single, ["app-1"]), [
    ["kill app-1"],
    ["forget app-1"],
    ["start app-1"],
    ["route app-1"],
    ["open app-1"],
  ])
})

test("of a group one at a time, all together when none is left", () => {
  assert.deepEqual(forecast(balanced(3), ["web-1", "web-2"])[0], ["kill web-1"])
  assert.deepEqual(forecast(balanced(2), ["web-1", "web-2"])[0], ["kill web-1", "kill web-2"])
})

test("nobody is killed while another of its group is being replaced", () => {
  const model = settled(balanced(3))
  model.hang("web-2")
  model.die("web-1")
  model.apply({ kind: "forget", id: "web-1", reason: "gone" })
  const [first] = plan(balanced(3), model.observed(), model.nowMs, rules).phases
  assert.deepEqual(first?.map(stepKey), ["start web-1"])
})

test("who hangs and is not wanted is killed at once: others would wait for its word", () => {
  const [first] = forecast(balanced(2), ["edge-1", "web-1"], stages.single)
  assert.deepEqual(first, ["kill web-1", "kill edge-1"])
})
