import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { type PlanModel, modelRules as rules, settle, settled } from "../testing/plan-model.ts"
import { plan } from "./plan.ts"
import { stepKey } from "./steps.ts"

const { balanced, replicated } = stages

/** A settled service whose databases were told settings that wait for a start. */
function configured(): PlanModel {
  const model = settled(replicated)
  model.configure()
  return model
}

function next(model: PlanModel, more: Partial<typeof rules> & { underWay?: ReadonlySet<string> } = {}) {
  const { phases } = plan(replicated, model.observed(), model.nowMs, { ...rules, ...more })
  return phases.map(phase => phase.map(stepKey))
}

test("one replica after the other, then a replica in place of the primary, which is started again", () => {
  const model = configured()
  const away = () =>
    model.observed().instances.filter(({ database }) => database !== undefined && !database.isOpen)
  let mostAway = 0
  const done = settle(replicated, model, () => {
    mostAway = Math.max(mostAway, away().length)
    return false
  })
  assert.deepEqual(
    done.map(stepKey).filter(key => !key.startsWith("quorum")),
    [
      ...["drain postgres-2", "attach postgres-2", "route postgres-2"],
      ...["drain postgres-3", "attach postgres-3", "route postgres-3"],
      ...["switch-over postgres-2", "start postgres-1", "route postgres-1"],
    ],
  )
  assert.equal(mostAway, 1)
  assert.ok(model.observed().instances.every(({ database }) => !database?.restartDue))
  assert.deepEqual(next(model), [])
})

test("replicas that replay nothing any more are built anew one after the other, with nobody reading there", () => {
  const model = settled(replicated)
  for (const id of ["postgres-2", "postgres-3"] as const) model.fallBehind(id)
  const done = settle(replicated, model, () => false).filter(({ kind }) => kind !== "quorum")
  assert.deepEqual(
    done.map(({ kind, id, reason }) => (kind === "attach" ? `${kind} ${id}: ${reason}` : `${kind} ${id}`)),
    ["postgres-2", "postgres-3"].flatMap(id => [`drain ${id}`, `attach ${id}: farBehind`, `route ${id}`]),
  )
  assert.deepEqual(next(model), [])
})

test("a database that is alone waits for its next start", () => {
  const model = settled(balanced)
  model.configure()
  assert.deepEqual(plan(balanced, model.observed(), model.nowMs, rules).phases, [])
})

test("nobody is started again while another one is away; one that was left alone in the middle is read from", () => {
  for (const who of ["postgres-2", "postgres-3"] as const) {
    const model = configured()
    model.die(who)
    assert.deepEqual(
      next(model)
        .flat()
        .filter(key => /^(attach|drain|switch-over)/.test(key)),
      [],
      who,
    )
  }
  const model = configured()
  model.apply({ kind: "drain", id: "postgres-2", reason: "restartDue" })
  model.die("postgres-3")
  assert.ok(next(model).flat().includes("route postgres-2"))
  const lost = configured()
  lost.die("postgres-1")
  assert.deepEqual(next(lost)[0], ["fail-over postgres-1"])
})

test("a restart that is under way is not taken for a death, a switchover not for another one's turn", () => {
  const model = configured()
  model.apply({ kind: "drain", id: "postgres-2", reason: "restartDue" })
  model.die("postgres-2")
  const underWay = new Set(["attach postgres-2"])
  const isOfIt = (key: string) => key.endsWith("postgres-2")
  assert.deepEqual(next(model, { underWay }).flat().filter(isOfIt), ["attach postgres-2", "route postgres-2"])
  const ready = configured()
  for (const id of ["postgres-2", "postgres-3"] as InstanceId[])
    ready.apply({ kind: "attach", id, reason: "restartDue" })
  assert.deepEqual(next(ready), [["switch-over postgres-2"]])
  const switching = { underWay: new Set(["switch-over postgres-3"]) }
  assert.deepEqual(next(ready, switching), [["switch-over postgres-3"]])
  ready.die("postgres-1")
  assert.deepEqual(next(ready, switching), [["switch-over postgres-3"]], "its end is a part of it")
})

test("a switchover that failed is not tried again before its time", () => {
  const model = configured()
  for (const id of ["postgres-2", "postgres-3"] as InstanceId[])
    model.apply({ kind: "attach", id, reason: "restartDue" })
  const observed = model.observed()
  const waiting = { ...observed, fleet: { ...observed.fleet, noSwitchoverBeforeMs: model.nowMs + 500 } }
  assert.deepEqual(plan(replicated, waiting, model.nowMs, rules), { phases: [], wakeAtMs: model.nowMs + 500 })
  assert.equal(plan(replicated, waiting, model.nowMs + 500, rules).phases.length, 1)
})
