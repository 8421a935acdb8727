import assert from "node:assert/strict"
import { test } from "node:test"
import { type InstanceView, sampleSchema } from "../../wire/admin.ts"
import { SampleRing } from "./sample-ring.ts"
import { type Seen, takeSample } from "./take-sample.ts"

function instance(id: string, requests: number, more: Partial<InstanceView> = {}): InstanceView {
  const facts = { tier: "web", role: "web", state: "ready", address: "", version: "1" } as const
  return { id, ...facts, pid: 1, startedAtMs: 0, outstanding: 2, requests, memoryMb: 50, ...more }
}

function seen(atMs: number, requests: number, more: Partial<Seen> = {}): Seen {
  const instances = more.instances ?? [instance("web-1", requests)]
  return {
    atMs,
    momentMs: atMs,
    totals: { requests, answers: { "2xx": requests }, refusals: {}, aborted: 0, retries: 0 },
    traffic: { requestsPerSecond: 0, errorsPerSecond: 0, latencyMs: { p50: 1, p95: 2, p99: 3 } },
    requestsOf: id => instances.find(each => each.id === id)?.requests ?? 0,
    cpuSeconds: new Map(),
    ...more,
    instances,
  }
}

test("a sample: rates since the sample before, each instance, each tier", () => {
  const pair = (one: number, two: number) => [instance("web-1", one), instance("web-2", two)]
  const before = seen(1_000, 100, { instances: pair(60, 40), cpuSeconds: new Map([["web-1", 5]]) })
  const now = seen(3_000, 300, {
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

test("another process of the same id has no share of CPU yet; who has exited is in no sample", () => {
  const before = seen(0, 500, { cpuSeconds: new Map([["web-1", 5]]) })
  const instances = [instance("web-1", 520, { pid: 2 }), instance("web-2", 9, { state: "exited" })]
  const taken = takeSample(before, seen(1_000, 520, { instances, cpuSeconds: new Map([["web-1", 7]]) }))
  assert.deepEqual(
    [taken.instances["web-1"]?.requestsPerSecond, taken.instances["web-1"]?.cpu],
    [20, undefined],
  )
  assert.deepEqual(Object.keys(taken.instances), ["web-1"])
})

test("the ring keeps a quarter of an hour in seconds, six hours in tens, and no more", () => {
  const ring = new SampleRing()
  const { sample } = takeSample(seen(0, 0), seen(1_000, 10))
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

test("a sample counts in its step for as long as it lasted", () => {
  const ring = new SampleRing()
  const { sample } = takeSample(seen(0, 0), seen(1_000, 10))
  const add = (second: number, requestsPerSecond: number) =>
    ring.add({ ...sample, at: second * 1_000, requestsPerSecond })
  // A control plane stood still for six seconds.
  for (const second of [0, 1, 2]) add(second, 10)
  add(9, 20)
  for (let second = 10; second < 1_100; second++) add(second, 0)
  assert.equal(ring.read()[0]!.requestsPerSecond, (3 * 10 + 7 * 20) / 10)
})
