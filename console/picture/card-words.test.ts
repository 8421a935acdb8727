import assert from "node:assert/strict"
import { test } from "node:test"
import type { InstanceView, StateView } from "../../src/wire/admin.ts"
import { firstView, type View } from "../service/view.ts"
import { cardWords } from "./card-words.ts"

const web: InstanceView = {
  ...{ id: "web-1", tier: "web", role: "web", state: "ready", address: "", version: "1" },
  ...{ startedAtMs: 0, outstanding: 1, requests: 10, memoryMb: 60 },
}

function viewOf(instance: InstanceView, requestsPerSecond = 20.1): View {
  const state = {
    ...{ instances: [instance], fronts: [] },
    totals: { answers: {}, aborted: 0 },
  } as unknown as StateView
  return {
    ...firstView(state, []),
    instances: { "web-1": { requestsPerSecond, outstanding: 1, cpu: 0.123 } },
  }
}

test("what reads the same is the same, whatever was counted meanwhile", () => {
  const before = cardWords(viewOf(web), "web-1")
  assert.equal(before?.perSecond, "20/s")
  assert.equal(before?.cpuWords, "12 % cpu")
  const busier = { ...web, outstanding: 7, requests: 1_000, memoryMb: 70 }
  assert.deepEqual(cardWords(viewOf(busier, 20.3), "web-1"), before)
  assert.notDeepEqual(cardWords(viewOf(busier, 21), "web-1"), before)
})

test("who is not ready says why; who went says it for a while; of anybody else there is nothing", () => {
  const starting = cardWords(viewOf({ ...web, state: "starting", progress: "loads" }), "web-1")
  assert.deepEqual([starting?.state, starting?.why], ["starting", "loads"])
  const frozen = cardWords(viewOf({ ...web, frozenUntilMs: 5 }), "web-1")
  assert.deepEqual([frozen?.state, frozen?.frozenUntilMs], ["frozen", 5])
  const ghosts = [{ instance: web, reason: "killed", at: 0 }]
  const view = viewOf({ ...web, id: "web-2" })
  const gone = cardWords({ ...view, ghosts }, "web-1")
  assert.deepEqual([gone?.state, gone?.why], ["gone", "killed"])
  assert.equal(cardWords(view, "web-1"), undefined)
})
