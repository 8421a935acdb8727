import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import type { InstanceView, StateView } from "../../wire/admin.ts"
import { stateLines } from "./state-words.ts"

const nothing = { requests: 0, answers: {}, refusals: {}, aborted: 0, retries: 0 }
const web: InstanceView = {
  id: "web-1",
  tier: "web",
  role: "web",
  state: "ready",
  pid: 7,
  address: "web-1.sock",
  version: "1",
  startedAtMs: 0,
  outstanding: 0,
  requests: 0,
}
const state: StateView = {
  schema: 1,
  stage: "balanced",
  desired: { stage: "balanced", instances: { web: 1 } },
  settled: true,
  epoch: { term: 1, counter: 1 },
  service: { name: "tiny", url: "http://127.0.0.1:8080" },
  supervisor: { pid: 8, startedAtMs: 0 },
  instances: [],
  app: null,
  traffic: { requestsPerSecond: 0, errorsPerSecond: 0, latencyMs: { p50: 0, p99: 0 } },
  totals: nothing,
  fronts: [],
  plan: null,
  lastPlan: null,
}

function rowOf(instance: InstanceView, nowMs: number): string {
  const lines = stateLines({ ...state, instances: [instance] }, nowMs).map(stripVTControlCharacters)
  return lines.find(line => line.startsWith(instance.id))!
}

test("who was made to stand still is not called ready", () => {
  assert.match(rowOf(web, 1000), /^web-1 {2}web {3}web {3}ready {2}7 /)
  assert.match(rowOf({ ...web, frozenUntilMs: 3500 }, 1000), / frozen, for 2\.5 s more {2}7 /)
  assert.match(rowOf({ ...web, frozenUntilMs: 3500 }, 4000), / frozen, for 0 ms more {2}7 /)
})

test("what is to be looked at stands together, the errors of all logs in one line; nothing where all is well", () => {
  const linesOf = (...instances: InstanceView[]) => {
    const lines = stateLines({ ...state, instances }, 0).map(stripVTControlCharacters)
    return lines.slice(
      3 + instances.length,
      lines.indexOf("0.0 requests/s   0.0 errors/s   p50 0.0 ms   p99 0.0 ms"),
    )
  }
  const other = { ...web, id: "web-2" } as const
  assert.deepEqual(linesOf(web, other), [""])
  assert.deepEqual(linesOf({ ...web, errorsLastMinute: 1, warning: "web-1 crashed 5 times" }, other), [
    "",
    "web-1 crashed 5 times",
    "1 error in the last minute in the log of web-1: npx banyan logs web-1 --level error",
    "",
  ])
  assert.deepEqual(linesOf({ ...web, errorsLastMinute: 2 }, { ...other, errorsLastMinute: 7 }), [
    "",
    "9 errors in the last minute in the logs of web-1 (2), web-2 (7): npx banyan logs --level error",
    "",
  ])
})
