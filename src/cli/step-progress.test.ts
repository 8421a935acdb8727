import assert from "node:assert/strict"
import { test } from "node:test"
import type { InstanceView, PlanView, StepView } from "../wire/admin.ts"
import { StepProgress } from "./step-progress.ts"

const step = (kind: StepView["kind"], id: string, state: StepView["state"] = "running"): StepView => {
  return { kind, id, state, reason: "because" }
}

const plan = (...steps: StepView[]): PlanView => {
  return {
    id: "plan-1",
    trigger: "grow",
    from: "balanced",
    to: "replicated",
    phases: [steps],
    state: "running",
  }
}

const saying = (id: string, progress?: string): InstanceView => ({
  ...{ id, tier: "data", role: "replica", state: "starting", address: "", version: "1" },
  ...{ startedAtMs: 0, outstanding: 0, requests: 0 },
  ...(progress === undefined ? {} : { progress }),
})

test("a step is told once it takes long, then when its instance says something else, and not too often", () => {
  const told = new StepProgress()
  const copying = plan(step("start", "postgres-2"), step("start", "web-2"), step("start", "web-3", "pending"))
  const look = (atMs: number, words?: string) =>
    told
      .look(copying, [saying("postgres-2", words), saying("web-2")], atMs)
      .map(({ step, progress }) => `${step.id} ${progress}`)
  assert.deepEqual(look(0), [])
  assert.deepEqual(look(1999, "copying: 1 %"), [])
  assert.deepEqual(look(2000, "copying: 1 %"), ["postgres-2 copying: 1 %", "web-2 undefined"])
  assert.deepEqual(look(3000, "copying: 2 %"), [])
  assert.deepEqual(look(4000, "copying: 9 %"), ["postgres-2 copying: 9 %"])
  assert.deepEqual(look(9000, "copying: 9 %"), [])
  assert.deepEqual(look(9001, "copied"), ["postgres-2 copied"])
  assert.deepEqual(look(20_000), [])
})

test("the last words of a start are none of a later step", () => {
  const told = new StepProgress()
  const attaching = plan(step("attach", "postgres-2"))
  const look = (atMs: number) => told.look(attaching, [saying("postgres-2", "copied")], atMs)
  look(0)
  assert.deepEqual(
    look(2000).map(({ progress }) => progress),
    [undefined],
  )
})
