import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import { type InstanceView, type Sample, sampleSchema } from "../../wire/admin.ts"
import { EventLog } from "../event-log.ts"
import { Recorder } from "./recorder.ts"
import { SampleRing } from "./sample-ring.ts"
import { type Look, takeSample } from "./take-sample.ts"

function instance(id: string, requests: number, more: Partial<InstanceView> = {}): InstanceView {
  const facts = { tier: "web", role: "web", state: "ready", address: "", version: "1" } as const
  return { id, ...facts, pid: 1, startedAtMs: 0, outstanding: 2, requests, memoryMb: 50, ...more }
}

function look(atMs: number, requests: number, more: Partial<Look> = {}): Look {
  return {
    atMs,
    totals: { requests, answers: { "2xx": requests }, refusals: {}, aborted: 0, retries: 0 },
    traffic: { requestsPerSecond: 0, errorsPerSecond: 0, latencyMs: { p50: 1, p95: 2, p99: 3 } },
    instances: [instance("web-1", requests)],
    cpuSeconds: new Map(),
    ...more,
  }
}

test("a sample: rates since the last look, each instance, each tier", () => {
  const pair = (one: number, two: number) => [instance("web-1", one), instance("web-2", two)]
  const before = look(1_000, 100, { instances: pair(60, 40), cpuSeconds: new Map([["web-1", 5]]) })
  const now = look(3_000, 300, {
    totals: { requests: 300, answers: { "2xx": 290, "5xx": 6 }, refusals: {}, aborted: 4, retries: 0 },
    instances: pair(160, 140),
    cpuSeconds: new Map([
      ["web-1", 6.5],
      ["web-2", 3],
    ]),
  })
  const { sample, instances } = takeSample(before, now)
  assert.deepEqual([sample.requestsPerSecond, sample.failedPerSecond], [100, 5])
  assert.equal(instances["web-1"]?.cpu, 0.75)
  assert.equal(instances["web-2"]?.cpu, undefined, "who was not seen before has no share yet")
  assert.deepEqual(sample.tiers["web"], {
    instances: 2,
    requestsPerSecond: 100,
    outstanding: 4,
    cpu: { busiest: 0.75, all: 0.75 },
    memoryMb: 100,
  })
  sampleSchema.parse(sample)
})

test("another process of the same id counts from its birth; who has exited is in no sample", () => {
  const before = look(0, 500)
  const instances = [instance("web-1", 20, { pid: 2 }), instance("web-2", 9, { state: "exited" })]
  const taken = takeSample(before, look(1_000, 520, { instances }))
  assert.equal(taken.instances["web-1"]?.requestsPerSecond, 20)
  assert.deepEqual(Object.keys(taken.instances), ["web-1"])
})

test("the ring keeps a quarter of an hour in seconds, six hours in tens, and no more", () => {
  const ring = new SampleRing()
  const { sample } = takeSample(look(0, 0), look(1_000, 10))
  const hours = 8 * 3_600
  for (let at = 1; at <= hours; at++) ring.add({ ...sample, at: at * 1_000, requestsPerSecond: at % 10 })
  const samples = ring.read()
  const steps = samples.slice(1).map((each, index) => each.at - samples[index]!.at)
  assert.ok(steps.every(step => step > 0))
  assert.deepEqual([...new Set(steps)].sort((a, b) => b - a).slice(0, 1), [10_000])
  assert.equal(steps.at(-1), 1_000)
  assert.ok(samples.length < 4_000, `${samples.length}`)
  const span = samples.at(-1)!.at - samples[0]!.at
  assert.ok(span > 5.9 * 3_600_000 && span < 7 * 3_600_000, `${span}`)
  assert.equal(samples[5]!.requestsPerSecond, 4.5, "a step is the mean of its seconds")
})

test("a recorder tells a sample a second, and none when the clock was set back", () => {
  const clock = new ManualClock(10_000)
  const events = new EventLog()
  const told: Sample[] = []
  events.subscribe(({ event }) => event.type === "sample" && told.push(event.sample))
  let setBackMs = 0
  const recorder = new Recorder(clock, events, () => look(clock.nowMs() - setBackMs, clock.nowMs() / 10))
  clock.advance(2_000)
  setBackMs = 5_000
  clock.advance(1_000)
  clock.advance(1_000)
  recorder.close()
  clock.advance(5_000)
  assert.deepEqual(
    told.map(({ requestsPerSecond }) => requestsPerSecond),
    [100, 100, 100],
  )
  assert.equal(recorder.view().samples.length, 3)
})
