import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import { isBanyanError } from "../../kit/errors.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import { TraceCollector } from "../observe/trace-collector.ts"
import { KeptRequests } from "./kept-requests.ts"

const part: TracePart = {
  ...{ requestId: "a-1", traceId: "t1", role: "web", kept: "sampled", at: 1, latencyMs: 2, durationMs: 3 },
  ...{ method: "GET", target: "/", status: 200, steps: [] },
}

test("of a request nobody says that it is not kept, or kept by one alone, while another has not answered", async () => {
  const clock = new ManualClock()
  const traces = new TraceCollector(clock, () => ["edge-1", "web-1"])
  const requests = new KeptRequests(traces)
  const ask = (id: string, round: number, ...answering: string[]) => {
    const answer = requests.one(id).catch(error => isBanyanError(error) && error.code)
    for (const instance of answering) traces.heard(instance, round, instance === "web-1" ? [part] : [])
    clock.advance(1_000)
    return answer
  }
  const partly = await ask("a-1", 1, "web-1")
  assert.deepEqual(partly && typeof partly === "object" && partly.silent, ["edge-1"])
  const whole = await ask("a-1", 2, "web-1", "edge-1")
  assert.ok(whole && typeof whole === "object" && whole.silent === undefined)
  assert.equal(await ask("a-2", 3, "web-1"), "BN1338")
  assert.equal(await ask("a-2", 4, "web-1", "edge-1"), "BN1337")
})
