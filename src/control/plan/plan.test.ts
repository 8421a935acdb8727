import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { stages } from "../../topology/stages.ts"
import { groupOf, type InstanceId, type Topology } from "../../topology/topology.ts"
import { isDatabase, type ObservedInstance, playsFront, wantedIds } from "./observed.ts"
import { plan } from "./plan.ts"
import { PlanModel } from "./plan-model.ts"
import { type Step, stepKey, undoneBy } from "./steps.ts"

const rules = { drainDeadlineMs: 1000 }
const nothing: Topology = { stage: "single", instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
const single = stages.single
const balanced = (web: number): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge: 1 },
})

const words = (desired: Topology, model: PlanModel) =>
  plan(desired, model.observed(), model.nowMs, rules).phases.map(phase => phase.map(stepKey))

/** Applies first phases until nothing is left. `check` sees every step; true from it: the world moved, plan anew. */
function settle(desired: Topology, model: PlanModel, check: (step: Step) => boolean = () => false): Step[] {
  const done: Step[] = []
  for (let round = 0; round < 100; round++) {
    const { phases, wakeAtMs } = plan(desired, model.observed(), model.nowMs, rules)
    const phase = phases[0]
    if (phase === undefined && wakeAtMs === undefined) return done
    if (phase === undefined) model.nowMs = Math.max(model.nowMs, wakeAtMs ?? 0)
    for (const step of phase ?? []) {
      model.apply(step)
      done.push(step)
      if (check(step)) break
    }
  }
  assert.fail(`no end in sight: ${JSON.stringify(plan(desired, model.observed(), model.nowMs, rules))}`)
}

function settled(topology: Topology): PlanModel {
  const model = new PlanModel()
  settle(topology, model)
  return model
}

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

test("a dead database keeps its place on the map", () => {
  const model = settled(single)
  model.die("postgres-1")
  assert.deepEqual(words(single, model), [["start postgres-1"]])
})

test("a retiring process that leaves by itself is cleared where it would have been stopped", () => {
  const model = settled(balanced(2))
  for (const id of ["web-1", "web-2", "edge-1"] as const)
    model.apply({ kind: "close", id, reason: "frontReplaced" })
  const { instances, crashes } = model.observed()
  const left = instances.map(each =>
    each.id === "edge-1" ? { ...each, life: "exited" as const, up: false } : each,
  )
  const steps = plan(single, { instances: left, crashes }, model.nowMs, rules).phases.flat().map(stepKey)
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

const topologies = fc.oneof(fc.constant(single), fc.integer({ min: 1, max: 5 }).map(balanced))
const targets = fc.oneof(topologies, fc.constant(nothing))
const deaths = fc.array(fc.record({ afterStep: fc.nat(12), victim: fc.nat(12) }), { maxLength: 6 })
const bulk = { numRuns: Number(process.env.BANYAN_PLAN_RUNS ?? 2000) }

/** What must never happen, checked between the world before a step and the world after it. */
function assertSafe(step: Step, before: readonly ObservedInstance[], model: PlanModel, desired: Topology) {
  const open = (list: readonly ObservedInstance[]) => list.filter(each => each.front === "open").length
  const routed = (list: readonly ObservedInstance[]) => list.filter(each => each.backend === "routed").length
  const goingDown = wantedIds(desired).length === 0
  const after = model.live()
  const self = before.find(each => each.id === step.id)
  if (!goingDown && open(before) > 0) assert.ok(open(after) > 0, `${stepKey(step)} left no front door open`)
  if (!goingDown && routed(before) > 0) assert.ok(routed(after) > 0, `${stepKey(step)} left no backend`)
  if (step.kind === "open") {
    assert.ok(self?.up && self.frontReady, `${stepKey(step)}: not ready`)
    assert.ok(routed(before) > 0, `${stepKey(step)}: no backend takes requests`)
  }
  if (step.kind === "drain" && !goingDown) {
    const wantedBackends = desired.instances.app + desired.instances.web
    const serving = before.filter(each => each.backend === "routed" && wantedIds(desired).includes(each.id))
    assert.ok(serving.length >= wantedBackends, `${stepKey(step)} below the wanted count`)
  }
  if (step.kind === "drain" && goingDown) assert.equal(open(before), 0, "drained under an open front door")
  if (step.kind === "stop")
    assert.ok(self?.front !== "open" && self?.backend !== "routed", `${stepKey(step)} serves`)
  const database = before.find(isDatabase)
  if (step.kind === "start" && groupOf(step.id) !== "postgres")
    assert.ok(database?.database, `${stepKey(step)} before its database`)
  if (step.kind === "stop" && groupOf(step.id) === "postgres")
    assert.ok(before.every(isDatabase), "the database left before what uses it")
  assert.equal(new Set(after.map(each => each.id)).size, after.length)
}

test("safety: at every step of every change, with processes dying in between", () => {
  fc.assert(
    fc.property(topologies, targets, deaths, (from, to, plannedDeaths) => {
      const model = settled(from)
      let count = 0
      let before = model.live()
      settle(to, model, step => {
        assertSafe(step, before, model, to)
        const now = count++
        const due = plannedDeaths.filter(death => death.afterStep === now)
        for (const { victim } of due) {
          const live = model.live()
          if (live.length > 0) model.die(live[victim % live.length]!.id)
        }
        before = model.live()
        return due.length > 0
      })
      assert.ok(model.reached(to))
    }),
    bulk,
  )
})

test("liveness: from any state a control plane may have died in, each target is reached and stays", () => {
  fc.assert(
    fc.property(topologies, topologies, targets, fc.nat(14), deaths, (from, through, to, steps, dead) => {
      const model = settled(from)
      for (let left = steps; left > 0; left--) {
        const next = plan(through, model.observed(), model.nowMs, rules).phases[0]?.[0]
        if (next !== undefined) model.apply(next)
      }
      for (const { victim } of dead) {
        const live = model.live()
        if (live.length > 0) model.die(live[victim % live.length]!.id)
      }
      settle(to, model)
      assert.ok(model.reached(to))
      assert.deepEqual(plan(to, model.observed(), model.nowMs, rules).phases, [])
    }),
    bulk,
  )
})

test("a forecast holds: without surprises the rest of a plan is the next plan", () => {
  fc.assert(
    fc.property(topologies, targets, (from, to) => {
      const model = settled(from)
      for (let rest = words(to, model); rest.length > 0; rest = words(to, model)) {
        const phase = plan(to, model.observed(), model.nowMs, rules).phases[0]!
        for (const step of phase) model.apply(step)
        assert.deepEqual(words(to, model), rest.slice(1))
      }
    }),
    bulk,
  )
})

test("undo: going back undoes exactly what was done", () => {
  fc.assert(
    fc.property(topologies, topologies, fc.nat(8), (from, to, phases) => {
      const model = settled(from)
      const done: Step[] = []
      for (let left = phases; left > 0; left--) {
        for (const step of plan(to, model.observed(), model.nowMs, rules).phases[0] ?? []) {
          model.apply(step)
          done.push(step)
        }
      }
      const expected = new Set(done.map(step => `${undoneBy[step.kind]} ${step.id}`))
      const undone = settle(from, model)
      for (const step of undone) {
        // A process that was stopped has to be routed and opened again as well: it is a new one.
        const reborn = undone.some(each => each.kind === "start" && each.id === step.id)
        const restarted = done.some(each => each.kind === "start" && each.id === step.id)
        assert.ok(expected.has(stepKey(step)) || reborn || restarted, `${stepKey(step)} undoes nothing`)
      }
    }),
    bulk,
  )
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

test("an instance without a link is left alone, and nothing is taken away on its account", () => {
  const model = settled(balanced(2))
  const quiet = (ids: readonly InstanceId[]) => ({
    ...model.observed(),
    instances: model
      .observed()
      .instances.map(each => (ids.includes(each.id) ? { ...each, up: false } : each)),
  })
  assert.deepEqual(plan(balanced(2), quiet(["web-1", "edge-1", "postgres-1"]), 0, rules), { phases: [] })
  assert.equal(model.live().filter(playsFront).length, 1)
})
