import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../../topology/stages.ts"
import type { PlanStart } from "../journal/journal-record.ts"
import { PlanRun } from "./plan-run.ts"

const start: PlanStart = {
  type: "plan-start",
  kind: "repair",
  plan: {
    id: "plan-1-1",
    trigger: "apply",
    from: "replicated",
    to: "replicated",
    phases: [],
    state: "running",
  },
  desired: stages.replicated,
  previous: stages.replicated,
  overrides: null,
  previousOverrides: null,
  drainTimeoutMs: 1000,
}

test("what commits wait for may fail to be settled while replicas come and go; anything else fails at once", () => {
  const run = new PlanRun(start)
  const quorum = { kind: "quorum", id: "postgres-1", reason: "moreAcks" } as const
  const attach = { kind: "attach", id: "postgres-2", reason: "restartDue" } as const
  const tries = [quorum, quorum, attach, quorum].map(step => {
    run.launch([step])
    return run.fail(step, 10, "a replica is just starting")
  })
  assert.deepEqual(tries, [false, false, true, true])
})
