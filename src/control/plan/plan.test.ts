import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId, Topology } from "../../topology/topology.ts"
import { PlanModel, modelRules as rules, settle, settled } from "../testing/plan-model.ts"
import { playsFront } from "./observed.ts"
import { plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const nothing: Topology = { stage: "single", instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
const single = stages.single
const balanced = (web: number): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge: 1 },
})

const words = (desired: Topology, model: PlanModel) =>
  plan(desired, model.observed(), model.nowMs, rules).phases.map(phase => phase.map(stepKey))

test("from nothing: database first, then what uses it, then traffic", () => {
  assert.deepEqual(words(single, new PlanModel()), [
    ["start postgres-1"],
    ["route postgres-1"],
    ["start app-1"],
    ["route app-1"],
    ["open app-1"],
  ])
})

test("grow is start, route, open, retire, stop", () => {
  assert.deepEqual(words(balanced(2), settled(single)), [
    ["start web-1", "start web-2", "start edge-1"],
    ["route web-1", "route web-2"],
    ["open edge-1"],
    ["close app-1", "drain app-1"],
    ["stop app-1"],
  ])
})

test("shrink is its mirror image", () => {
  assert.deepEqual(words(single, settled(balanced(2))), [
    ["start app-1"],
    ["route app-1"],
    ["open app-1"],
    ["close edge-1", "drain web-1", "drain web-2"],
    ["stop web-1", "stop web-2", "stop edge-1"],
  ])
})

test("scale goes sideways without touching the front door", () => {
  assert.deepEqual(words(balanced(4), settled(balanced(2))), [
    ["start web-3", "start web-4"],
    ["route web-3", "route web-4"],
  ])
  assert.deepEqual(words(balanced(1), settled(balanced(2))), [["drain web-2"], ["stop web-2"]])
})

test("down: front door first, database last", () => {
  assert.deepEqual(words(nothing, settled(single)), [
    ["close app-1"],
    ["drain app-1"],
    ["stop app-1"],
    ["stop postgres-1"],
  ])
  assert.deepEqual(words(nothing, settled(balanced(2))), [
    ["close edge-1"],
    ["drain web-1", "drain web-2"],
    ["stop web-1", "stop web-2", "stop edge-1"],
    ["stop postgres-1"],
  ])
})

test("a dead backend leaves the map before anything else, and comes back", () => {
  const model = settled(balanced(2))
  model.die("web-2")
  assert.deepEqual(words(balanced(2), model), [["forget web-2"], ["start web-2"], ["route web-2"]])
})

test("a database that does not answer yet is waited for, on the map or not", () => {
  const { instances, ...rest } = settled(single).observed()
  const recovering = instances.map(each => (each.id === "postgres-1" ? { ...each, up: false } : each))
  const { phases } = plan(single, { instances: recovering, ...rest }, 0, rules)
  assert.deepEqual(
    phases.map(phase => phase.map(stepKey)),
    [["start postgres-1"]],
  )
})

test("a dead database keeps its place on the map", () => {
  const model = settled(single)
  model.die("postgres-1")
  assert.deepEqual(words(single, model), [["start postgres-1"]])
})

test("a retiring process that leaves by itself is cleared where it would have been stopped", () => {
  const model = settled(balanced(2))
  for (const id of ["web-1", "web-2", "edge-1"] as const)
    model.apply({ kind: "close", id, reason: "frontReplaced" })
  const { instances, ...rest } = model.observed()
  const left = instances.map(each =>
    each.id === "edge-1" ? { ...each, life: "exited" as const, up: false } : each,
  )
  const steps = plan(single, { instances: left, ...rest }, model.nowMs, rules)
    .phases.flat()
    .map(stepKey)
  assert.ok(steps.includes("stop edge-1") && !steps.includes("forget edge-1"))
})

test("a crash loop starts more and more seldom, and says when it may again", () => {
  const model = settled(balanced(2))
  for (const waitMs of [0, 200, 500, 1000, 2000, 5000, 5000]) {
    model.die("web-2")
    model.apply({ kind: "forget", id: "web-2", reason: "gone" })
    const { phases, wakeAtMs } = plan(balanced(2), model.observed(), model.nowMs, rules)
    if (waitMs === 0) assert.deepEqual(phases[0]?.map(stepKey), ["start web-2"])
    else assert.deepEqual([phases, wakeAtMs], [[], model.nowMs + waitMs])
    model.nowMs += waitMs
    settle(balanced(2), model)
  }
})

test("nothing wanted leaves while a replacement is missing", () => {
  const model = settled(single)
  for (const _ of [1, 2, 3]) {
    model.apply({ kind: "start", id: "web-2", reason: "wanted" })
    model.die("web-2")
    model.apply({ kind: "forget", id: "web-2", reason: "gone" })
  }
  const steps = plan(balanced(2), model.observed(), model.nowMs, rules).phases.flat()
  assert.equal(
    steps.some(step => step.id === "app-1"),
    false,
  )
})

test("a slow start keeps nobody from repairing what can be repaired now", () => {
  const model = settled(balanced(2))
  model.die("edge-1")
  model.die("web-2")
  model.apply({ kind: "forget", id: "edge-1", reason: "gone" })
  model.apply({ kind: "forget", id: "web-2", reason: "gone" })
  model.apply({ kind: "start", id: "edge-1", reason: "died" })
  assert.deepEqual(words(balanced(2), model)[0], ["start web-2", "open edge-1"])
})

test("a retiring instance that never finishes is stopped at its deadline", () => {
  const model = settled(balanced(2))
  const observed = model.observed()
  const stuck = observed.instances.map(instance =>
    instance.id === "web-2" ? { ...instance, backend: "draining" as const, retiringSinceMs: 5000 } : instance,
  )
  const at = (nowMs: number) => plan(balanced(1), { ...observed, instances: stuck }, nowMs, rules)
  assert.deepEqual(at(5999).phases[0]?.map(stepKey), ["drain web-2"])
  assert.equal(at(5999).wakeAtMs, 6000)
  assert.deepEqual(at(6000).phases[0]?.map(stepKey), ["stop web-2"])
})

test("being late excuses nobody from being told to retire", () => {
  const model = settled(single)
  for (const id of ["web-1", "edge-1"] as const) model.apply({ kind: "start", id, reason: "wanted" })
  model.apply({ kind: "route", id: "web-1", reason: "backendUp" })
  model.apply({ kind: "open", id: "edge-1", reason: "frontUp" })
  model.apply({ kind: "close", id: "app-1", reason: "frontReplaced" })
  model.nowMs += 10 * rules.drainDeadlineMs
  assert.deepEqual(words(balanced(1), model), [["drain app-1"], ["stop app-1"]])
})

test("an instance without a link is left alone, and nothing is taken away on its account", () => {
  const model = settled(balanced(2))
  const quiet = (ids: readonly InstanceId[]) => ({
    ...model.observed(),
    instances: model
      .observed()
      .instances.map(each => (ids.includes(each.id) ? { ...each, up: false } : each)),
  })
  assert.deepEqual(plan(balanced(2), quiet(["web-1", "edge-1"]), 0, rules), { phases: [] })
  assert.equal(model.live().filter(playsFront).length, 1)
})
