import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId, Topology } from "../../topology/topology.ts"
import { modelRules as rules, settled } from "../testing/plan-model.ts"
import { type Asked, withAsked, withEnded } from "./asked.ts"
import type { Observed } from "./observed.ts"
import { plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const balanced = (web: number): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge: 1 },
})
const replicated = (postgres: number): Topology => ({
  stage: "replicated",
  instances: { postgres, app: 0, web: 2, edge: 1 },
})

const asking = (what: Asked["what"], id: InstanceId) => (observed: Observed) => ({
  ...observed,
  instances: observed.instances.map(each => withAsked(each, { what, id, startedAtMs: 0, atMs: 1 })),
})

function forecast(from: Topology, to: Topology, see: (observed: Observed) => Observed): string[][] {
  const model = settled(from)
  return plan(to, see(model.observed()), model.nowMs, rules).phases.map(phase => phase.map(stepKey))
}

test("restart: the next one serves before this one leaves, a front door as well", () => {
  assert.deepEqual(forecast(balanced(2), balanced(2), asking("leave", "web-1")), [
    ["start web-3"],
    ["route web-3"],
    ["drain web-1"],
    ["stop web-1"],
  ])
  assert.deepEqual(forecast(stages.single, stages.single, asking("leave", "app-1")).at(-2), [
    "close app-1",
    "drain app-1",
  ])
})

test("drain: one fewer, and it is the one that was named", () => {
  const to = balanced(2)
  assert.deepEqual(forecast(balanced(3), to, asking("leave", "web-1")), [["drain web-1"], ["stop web-1"]])
  const drained = forecast(replicated(4), replicated(3), asking("leave", "postgres-2")).flat()
  assert.deepEqual(
    drained.filter(key => !key.startsWith("quorum")),
    ["drain postgres-2", "detach postgres-2"],
  )
})

test("a replica is started again while it is not read from; of a primary another one takes the place first", () => {
  const to = replicated(3)
  assert.deepEqual(forecast(to, to, asking("restart", "postgres-3")), [
    ["drain postgres-3"],
    ["attach postgres-3"],
    ["route postgres-3"],
  ])
  assert.deepEqual(forecast(to, to, asking("restart", "postgres-1"))[0], ["switch-over postgres-2"])
})

test("whoever has become the primary meanwhile stays", () => {
  assert.deepEqual(forecast(replicated(3), replicated(3), asking("leave", "postgres-1")), [])
})

test("what would be mended: a web instance is started again, a primary's place is taken", () => {
  const after = (id: InstanceId) => (observed: Observed) => withEnded(observed, id)
  assert.deepEqual(forecast(balanced(2), balanced(2), after("web-2")).flat(), [
    "forget web-2",
    "start web-2",
    "route web-2",
  ])
  assert.deepEqual(forecast(replicated(3), replicated(3), after("postgres-1"))[0], ["fail-over postgres-1"])
})
