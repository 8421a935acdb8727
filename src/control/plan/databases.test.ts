import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId, Topology } from "../../topology/topology.ts"
import { type PlanModel, modelRules as rules, settle, settled } from "../testing/plan-model.ts"
import type { Observed, ObservedDatabase } from "./observed.ts"
import { type PlanRules, plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const { balanced, replicated } = stages

function words(desired: Topology, observed: Observed, more: Partial<PlanRules> = {}) {
  const { phases } = plan(desired, observed, 1_000, { ...rules, ...more })
  return phases.map(phase => phase.map(stepKey))
}

/** The same world, with one database that is another one. */
function seeing(model: PlanModel, id: InstanceId, change: Partial<ObservedDatabase>, isUp = true): Observed {
  const observed = model.observed()
  const instances = observed.instances.map(each =>
    each.id === id ? { ...each, up: isUp, database: { ...each.database!, ...change } } : each,
  )
  return { ...observed, instances }
}

test("grow: copies, then readers, then commits that count on them; shrink is its mirror image", () => {
  const model = settled(balanced)
  model.databasesWanted = 3
  assert.deepEqual(words(replicated, model.observed()), [
    ["start postgres-2", "start postgres-3"],
    ["route postgres-2", "route postgres-3"],
    ["quorum postgres-1"],
  ])
  assert.deepEqual(words(balanced, settled(replicated).observed()), [
    ["quorum postgres-1"],
    ["drain postgres-2", "drain postgres-3"],
    ["detach postgres-2", "detach postgres-3"],
  ])
})

test("whoever is the primary stays when the others go", () => {
  const model = settled(replicated)
  model.die("postgres-1")
  settle(replicated, model)
  settle(balanced, model)
  assert.deepEqual(
    model
      .live()
      .filter(each => each.group === "postgres")
      .map(each => each.id),
    ["postgres-2"],
  )
})

test("a primary that ended is failed over at once; one that is alone is started", () => {
  const model = settled(replicated)
  model.die("postgres-1")
  assert.deepEqual(words(replicated, model.observed())[0], ["fail-over postgres-1"])
  const alone = settled(balanced)
  alone.die("postgres-1")
  assert.deepEqual(words(balanced, alone.observed()), [["start postgres-1"]])
})

test("a primary that does not answer is failed over; a replica that does not is left to its own bound", () => {
  const model = settled(replicated)
  assert.deepEqual(words(replicated, seeing(model, "postgres-1", { isSilent: true })), [
    ["fail-over postgres-1"],
  ])
  assert.deepEqual(words(replicated, seeing(model, "postgres-2", { isSilent: true })), [])
})

test("what was refused is not tried again until others answer; meanwhile the primary is started", () => {
  const model = settled(replicated)
  model.die("postgres-1")
  const refusedWith = (answered: InstanceId[]) => {
    const observed = model.observed()
    return { ...observed, fleet: { ...observed.fleet, refused: { former: "postgres-1", answered } as const } }
  }
  assert.deepEqual(words(replicated, refusedWith(["postgres-2", "postgres-3"])), [["start postgres-1"]])
  assert.deepEqual(words(replicated, refusedWith(["postgres-2"])), [["fail-over postgres-1"]])
})

test("where commits waited for nobody, nobody is asked to take the primary's place", () => {
  const model = settled(replicated)
  model.die("postgres-1")
  const observed = { ...model.observed(), fleet: { quorums: [], refused: undefined } }
  assert.deepEqual(words(replicated, observed)[0], ["start postgres-1"])
})

test("a promotion that the map does not know is taken up, although the former primary looks well", () => {
  const observed = seeing(settled(replicated), "postgres-3", {
    plays: "primary",
    isPromoted: true,
    follows: false,
  })
  assert.deepEqual(words(replicated, observed), [["fail-over postgres-1"]])
})

test("a replica that strays is attached; one that ended again and again as well; one that is lost does not count", () => {
  const model = settled(replicated)
  assert.deepEqual(words(replicated, seeing(model, "postgres-2", { follows: false })), [
    ["attach postgres-2"],
  ])
  const lost = seeing(model, "postgres-2", { follows: false, isLost: true })
  assert.deepEqual(words(replicated, lost)[0]?.sort(), ["attach postgres-2", "quorum postgres-1"])
  for (const _ of [1, 2, 3]) {
    model.apply({ kind: "start", id: "postgres-3", reason: "died" })
    model.die("postgres-3")
  }
  model.nowMs += 60_000
  const phases = plan(replicated, model.observed(), model.nowMs, rules).phases
  assert.ok(phases[0]?.some(step => stepKey(step) === "attach postgres-3"))
})

test("switchover is one step; while it is under way nothing else is done to databases", () => {
  const model = settled(replicated)
  const asked = { primary: "postgres-3" as const }
  assert.deepEqual(words(replicated, model.observed(), asked), [["switch-over postgres-3"]])
  model.die("postgres-1")
  const underWay = new Set(["switch-over postgres-3"])
  assert.deepEqual(words(replicated, model.observed(), { ...asked, underWay }), [["switch-over postgres-3"]])
  assert.deepEqual(words(replicated, model.observed(), asked)[0], ["fail-over postgres-1"])
})

test("down: users, then replicas, then the primary; all of them keep their place on the map", () => {
  const model = settled(replicated)
  const nothing: Topology = { stage: "replicated", instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
  const phases = words(nothing, model.observed())
  assert.deepEqual(phases.slice(-2), [["stop postgres-2", "stop postgres-3"], ["stop postgres-1"]])
  settle(nothing, model)
  const [first] = words(replicated, model.observed())
  assert.deepEqual(first, ["start postgres-1", "start postgres-2", "start postgres-3"])
})
