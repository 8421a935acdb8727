import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { stages } from "../../topology/stages.ts"
import { groupOf, type Topology } from "../../topology/topology.ts"
import { type PlanModel, modelRules as rules, settle, settled } from "../testing/plan-model.ts"
import { wantedIds } from "./buckets.ts"
import { isDatabase, type ObservedInstance } from "./observed.ts"
import { plan } from "./plan.ts"
import { type Step, stepKey, undoneBy } from "./steps.ts"

const nothing: Topology = { stage: "single", instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
const single = stages.single
const balanced = ([web, edge]: [number, number]): Topology => ({
  stage: "balanced",
  instances: { postgres: 1, app: 0, web, edge },
})
const words = (desired: Topology, model: PlanModel) => next(desired, model).map(phase => phase.map(stepKey))
function next(desired: Topology, model: PlanModel) {
  model.databasesWanted = desired.instances.postgres
  return plan(desired, model.observed(), model.nowMs, rules).phases
}

const replicated = (postgres: number): Topology => ({
  stage: "replicated",
  instances: { postgres, app: 0, web: 2, edge: 1 },
})
const topologies = fc.oneof(
  fc.constant(single),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 })).map(balanced),
  fc.integer({ min: 3, max: 5 }).map(replicated),
)
const targets = fc.oneof(topologies, fc.constant(nothing))
const fates = ["dies", "hangs", "replace", "kill"] as const
type Death = { readonly afterStep: number; readonly victim: number; readonly fate: (typeof fates)[number] }
const deaths: fc.Arbitrary<Death[]> = fc.array(
  fc.record({ afterStep: fc.nat(12), victim: fc.nat(12), fate: fc.constantFrom(...fates) }),
  { maxLength: 6 },
)
/** One process ends, hangs, or uses too much memory. */
function strike(model: PlanModel, { victim, fate }: Death) {
  const live = model.live()
  const id = live[victim % live.length]?.id
  if (id === undefined) return
  if (fate === "dies") model.die(id)
  else if (fate === "hangs") model.hang(id)
  else model.grow(id, fate)
}
const bulk = { numRuns: Number(process.env.BANYAN_PLAN_RUNS ?? 2000) }

/** What must never happen, checked between the world before a step and the world after it. */
function assertSafe(step: Step, before: readonly ObservedInstance[], model: PlanModel, desired: Topology) {
  const sound = (list: readonly ObservedInstance[]) =>
    list.filter(each => !each.hung && each.memory !== "kill")
  const open = (list: readonly ObservedInstance[]) => sound(list).filter(each => each.front === "open").length
  const routed = (list: readonly ObservedInstance[]) =>
    sound(list).filter(each => each.backend === "routed").length
  const goingDown = wantedIds(desired, []).length === 0
  const after = model.live()
  const self = before.find(each => each.id === step.id)
  if (!goingDown && open(before) > 0) assert.ok(open(after) > 0, `${stepKey(step)} left no front door open`)
  if (!goingDown && routed(before) > 0) assert.ok(routed(after) > 0, `${stepKey(step)} left no backend`)
  if (step.kind === "open") {
    assert.ok(self?.up && self.frontReady, `${stepKey(step)}: not ready`)
    const serving = before.filter(each => each.backend === "routed" && !each.hung)
    assert.ok(serving.length > 0, `${stepKey(step)}: no backend takes requests`)
  }
  if (step.kind === "close" && !goingDown) {
    const wantedFronts = desired.instances.app + desired.instances.edge
    const wanted = wantedIds(desired, before)
    const welcoming = before.filter(each => each.front === "open" && wanted.includes(each.id))
    assert.ok(welcoming.length >= wantedFronts, `${stepKey(step)} below the wanted count`)
  }
  if (step.kind === "drain" && !goingDown && groupOf(step.id) !== "postgres") {
    const wantedBackends = desired.instances.app + desired.instances.web
    const wanted = wantedIds(desired, before)
    const serving = before.filter(each => each.backend === "routed" && wanted.includes(each.id))
    assert.ok(serving.length >= wantedBackends, `${stepKey(step)} below the wanted count`)
  }
  if (step.kind === "drain" && goingDown) assert.equal(open(before), 0, "drained under an open front door")
  if (step.kind === "kill") assert.ok(self?.hung || self?.memory === "kill", `${stepKey(step)} is well`)
  if (step.kind === "stop")
    assert.ok(self?.front !== "open" && self?.backend !== "routed", `${stepKey(step)} serves`)
  const primary = before.find(each => each.database?.place === "primary")
  if (step.kind === "start" && groupOf(step.id) !== "postgres")
    assert.ok(primary?.database?.isOpen, `${stepKey(step)} before its database`)
  const primaries = model.observed().instances.filter(each => each.database?.place === "primary")
  assert.ok(primaries.length < 2, `${stepKey(step)}: two primaries on the map`)
  if (step.kind === "detach") {
    const { quorums } = model.observed().fleet
    const counts = quorums.some(({ acks, members }) => acks > 0 && members.includes(step.id))
    assert.ok(!counts, `${stepKey(step)}: commits count on it`)
    assert.ok(self?.database?.place !== "primary", `${stepKey(step)}: it is the primary`)
  }
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
        for (const death of due) strike(model, death)
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
        const first = next(through, model)[0]?.[0]
        if (first !== undefined) model.apply(first)
      }
      for (const death of dead) strike(model, death)
      settle(to, model)
      assert.ok(model.reached(to))
      assert.deepEqual(next(to, model), [])
    }),
    bulk,
  )
})

test("a forecast holds: without surprises the rest of a plan is the next plan", () => {
  fc.assert(
    fc.property(topologies, targets, (from, to) => {
      const model = settled(from)
      for (let rest = words(to, model); rest.length > 0; rest = words(to, model)) {
        const phase = next(to, model)[0]!
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
        for (const step of next(to, model)[0] ?? []) {
          model.apply(step)
          done.push(step)
        }
      }
      const expected = new Set(
        done.flatMap(({ kind, id }) => undoneBy[kind].map(each => stepKey({ kind: each, id }))),
      )
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
