import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import { TraceCollector } from "./trace-collector.ts"

const part = { requestId: "a-1" } as TracePart

function collector(linked: readonly string[]) {
  const clock = new ManualClock()
  const asked: number[] = []
  const traces = new TraceCollector(clock, number => {
    asked.push(number)
    return linked
  })
  return { clock, asked, traces }
}

test("complete when all have answered; an answer to another round counts for nothing", async () => {
  const { traces } = collector(["edge-1", "web-1"])
  const collected = traces.collect()
  traces.heard("web-1", 0, [part])
  traces.heard("nobody", 1, [part])
  traces.heard("web-1", 1, [part])
  traces.heard("web-1", 1, [part])
  traces.heard("edge-1", 1, [])
  assert.deepEqual(await collected, { at: 0, parts: [{ instance: "web-1", part }], silent: [] })
})

test("who is silent is named, who has gone is not waited for", async () => {
  const { traces, clock } = collector(["edge-1", "web-1", "web-2"])
  const collected = traces.collect()
  traces.heard("edge-1", 1, [part])
  traces.gone("web-1")
  clock.advance(1_000)
  assert.deepEqual((await collected).silent, ["web-2"])
  traces.heard("web-2", 1, [part])
  assert.equal((await collected).parts.length, 1, "too late")
})

test("many who look ask the instances twice a second at most; with nobody linked nothing is waited for", async () => {
  const { traces, clock, asked } = collector([])
  await Promise.all([traces.collect(), traces.collect()])
  clock.advance(499)
  await traces.collect()
  assert.deepEqual(asked, [1])
  clock.advance(1)
  await traces.collect()
  assert.deepEqual(asked, [1, 2])
})
