import assert from "node:assert/strict"
import { test } from "node:test"
import type { EventView, InstanceView, Sample, StateView } from "../../src/wire/admin.ts"
import { caughtUp, firstView, withSamples } from "./view.ts"

const latencyMs = { p50: 1, p95: 2, p99: 3 }
const sample = (at: number, requestsPerSecond: number): Sample => ({
  ...{ at, requestsPerSecond, failedPerSecond: 0, latencyMs },
  tiers: {},
})
const state = { totals: { answers: {}, aborted: 0 }, instances: [] } as unknown as StateView

test("samples that are read anew fill the hole; what only this page knows stays, before and after", () => {
  const known = [1, 2, 3, 9].map(at => sample(at, 1))
  const read = [3, 4, 6].map(at => sample(at, 2))
  const { samples } = withSamples(firstView(state, known), read)
  assert.deepEqual(
    samples.map(({ at, requestsPerSecond }) => [at, requestsPerSecond]),
    [
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
      [6, 2],
      [9, 1],
    ],
  )
})

test("a supervisor that has sampled nothing yet takes nothing away", () => {
  const view = firstView(state, [sample(1, 1)])
  assert.equal(withSamples(view, []), view)
})

test("a state that was read stays behind no event that was heard while it was on its way", () => {
  const web = (state: string) => ({ id: "web-1", state }) as InstanceView
  const told = (seq: number, instance: InstanceView) => ({
    seq,
    event: { type: "instance", at: seq, instance } as EventView,
  })
  const heard = [told(7, web("starting")), told(8, web("ready"))]
  const read = (seq: number, condition: string) => ({ ...state, seq, instances: [web(condition)] })
  const stateOf = (view: StateView) => view.instances.map(each => each.state)
  assert.deepEqual(stateOf(caughtUp(read(7, "starting"), heard)), ["ready"], "late")
  assert.deepEqual(
    stateOf(caughtUp(read(8, "draining"), heard)),
    ["draining"],
    "newer than all that was heard",
  )
  assert.deepEqual(
    stateOf(caughtUp({ ...state, seq: 6 }, heard)),
    ["ready"],
    "not there yet when it was made",
  )
})
