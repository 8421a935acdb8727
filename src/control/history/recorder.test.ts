import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { ManualClock } from "../../kit/clock.ts"
import type { Sample } from "../../wire/admin.ts"
import type { Report } from "../../wire/report.ts"
import { EventLog } from "../event-log.ts"
import { CounterLedger } from "../observe/counter-ledger.ts"
import { Recorder } from "./recorder.ts"

/** When the charts begin. */
const beginMs = 1_000_000

type Counts = { readonly requests: number; readonly failed?: number }

function reportOf(id: string, { requests, failed = 0 }: Counts, countedAtMs?: number): Report {
  return {
    ...{ id, epoch: { term: 1, counter: 1 }, ready: true },
    ...(countedAtMs === undefined ? {} : { countedAtMs }),
    front: {
      ...{ state: "open", connections: 0, outstanding: 0, retries: 0, backends: [] },
      ...{ requests, answers: { "2xx": requests - failed, "5xx": failed }, aborted: 0 },
      latencyMs: { p50: 0, p99: 0 },
    },
  }
}

/** A recorder, a ledger, and reports that come when a test says so. */
class Watch {
  readonly clock = new ManualClock(beginMs - 1_000)
  readonly ledger = new CounterLedger()
  readonly samples: Sample[] = []
  readonly recorder: Recorder
  /** How far somebody has set the wall clock back. */
  setBackMs = 0

  /** `lateMs`: by how much each look but the first comes too late. */
  constructor(lateMs: readonly number[] = [0]) {
    const { clock, ledger } = this
    const events = new EventLog()
    events.subscribe(({ event }) => event.type === "sample" && this.samples.push(event.sample))
    let looks = 0
    const lateClock = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (ms: number, callback: () => void) =>
        clock.after(ms + (looks++ === 0 ? 0 : lateMs[looks % lateMs.length]!), callback),
    }
    const traffic = { requestsPerSecond: 0, errorsPerSecond: 0, latencyMs: { p50: 1, p99: 3 } }
    this.recorder = new Recorder(lateClock, events, ledger, () => ({
      atMs: clock.nowMs() - this.setBackMs,
      momentMs: clock.monotonicMs(),
      ...{ traffic, instances: [], cpuSeconds: new Map() },
    }))
    clock.advance(1_000)
  }

  /** `counts` are asked when they are counted; the report is heard `slowMs` later. */
  report(id: string, counts: () => Counts, { atMs, slowMs = 0, clockMs = 0 }: Timing): void {
    this.clock.after(atMs, () => {
      const report = reportOf(id, counts(), this.clock.monotonicMs() + clockMs)
      this.clock.after(slowMs, () => this.ledger.heard(report, this.clock.monotonicMs()))
    })
  }

  /** The samples of what was between these two moments, counted from the beginning. */
  between(fromMs: number, untilMs: number): Sample[] {
    return this.samples.filter(
      ({ at }, nth) => (this.samples[nth - 1]?.at ?? beginMs) >= beginMs + fromMs && at <= beginMs + untilMs,
    )
  }

  /** Of all samples, what their rates come to. */
  told(pick: (sample: Sample) => number): number {
    return this.samples.reduce(
      (sum, sample, nth) =>
        sum + (pick(sample) * (sample.at - (this.samples[nth - 1]?.at ?? beginMs))) / 1_000,
      0,
    )
  }
}

type Timing = { readonly atMs: number; readonly slowMs?: number; readonly clockMs?: number }

const requests = (sample: Sample) => sample.requestsPerSecond
const failures = (sample: Sample) => sample.failedPerSecond

function assertAbout(found: number, expected: number, most = expected * 0.005): void {
  assert.ok(Math.abs(found - expected) <= most, `${found} for ${expected}`)
}

test("a steady flow is told as one, whenever front doors report and whoever is late", () => {
  const jitter = fc.array(fc.nat(300), { minLength: 3, maxLength: 7 })
  const door = fc.record({
    ...{ phaseMs: fc.nat(999), perSecond: fc.integer({ min: 1_000, max: 5_000 }) },
    /** Of the report's own timer, and of its way; every second one is quick. */
    ...{ lateMs: jitter, slowMs: jitter },
    clockMs: fc.integer({ min: -1e9, max: 1e9 }),
  })
  fc.assert(
    fc.property(fc.array(door, { minLength: 1, maxLength: 4 }), jitter, (doors, looksLateMs) => {
      const watch = new Watch(looksLateMs)
      for (const [nth, { phaseMs, perSecond, lateMs, slowMs, clockMs }] of doors.entries()) {
        const counts = () => ({ requests: Math.floor(((watch.clock.nowMs() - beginMs) * perSecond) / 1_000) })
        for (let turn = 0; turn < 20; turn++) {
          const slow = slowMs[turn % slowMs.length]!
          const timing = { atMs: phaseMs + turn * 1_000 + lateMs[turn % lateMs.length]!, clockMs }
          watch.report(`edge-${nth + 1}`, counts, { ...timing, slowMs: turn % 2 === 0 ? slow % 5 : slow })
        }
      }
      watch.clock.advance(20_000)
      const flow = doors.reduce((sum, { perSecond }) => sum + perSecond, 0)
      const steady = watch.between(1_300, 20_000)
      assert.ok(steady.length > 10)
      for (const sample of steady) assertAbout(sample.requestsPerSecond, flow, flow * 0.015)
    }),
    { numRuns: 200 },
  )
})

for (const [what, of] of [
  ["is counted late", { atMs: 900 }],
  ["comes late", { slowMs: 900 }],
] as const)
  test(`a report that ${what} by 900 ms moves nothing, whatever its phase`, () => {
    for (let phaseMs = 0; phaseMs < 1_000; phaseMs += 50) {
      const watch = new Watch()
      for (let turn = 0; turn < 14; turn++) {
        const { atMs = 0, slowMs = 2 }: Partial<Timing> = turn === 7 ? of : {}
        const counts = () => ({ requests: (watch.clock.nowMs() - beginMs) / 10 })
        watch.report("edge-1", counts, { atMs: phaseMs + turn * 1_000 + atMs, slowMs })
      }
      watch.clock.advance(14_000)
      const steady = watch.between(1_000, 14_000)
      assert.equal(steady.length, 11)
      for (const sample of steady) assertAbout(sample.requestsPerSecond, 100)
    }
  })

test("of an older version that does not say when it counted, what it says counts from when it is heard", () => {
  const watch = new Watch()
  for (let turn = 0; turn < 12; turn++)
    watch.clock.after(400 + turn * 1_000 + (turn % 3) * 200, () => {
      const ms = watch.clock.nowMs() - beginMs
      watch.ledger.heard(reportOf("edge-1", { requests: ms / 10 }), watch.clock.monotonicMs())
    })
  watch.clock.advance(12_000)
  for (const sample of watch.between(1_000, 12_000)) assertAbout(sample.requestsPerSecond, 100)
})

test("a front door that stands still for six seconds is a gap, not a flow, and nothing of it is lost", () => {
  const watch = new Watch()
  const counts = () => {
    const ms = watch.clock.nowMs() - beginMs
    // It counts 0.7 s more after the report of 5 s, then nothing until 12 s.
    return { requests: ms <= 5_700 ? ms / 10 : 570 + Math.max(0, ms - 12_000) / 10 }
  }
  for (const second of [0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16])
    watch.report("edge-1", counts, { atMs: second * 1_000 })
  watch.clock.advance(19_000)
  assert.deepEqual(watch.between(0, 5_000).map(requests), [100, 100, 100, 100, 100])
  assert.deepEqual(watch.between(5_000, 10_000).map(requests), [0, 0, 0, 0, 0])
  // When these were counted nobody knows.
  assert.deepEqual(watch.between(10_000, 12_000).map(requests), [35, 35])
  assert.deepEqual(watch.between(12_000, 16_000).map(requests), [100, 100, 100, 100])
  assertAbout(watch.told(requests), counts().requests - 300)
})

test("whoever dies, comes back or is silent: what is told comes to what was counted, no rate below zero", () => {
  const words = fc.record({
    door: fc.nat(2),
    afterMs: fc.nat(4_000),
    slowMs: fc.nat(1_500),
    more: fc.nat(500),
    failed: fc.nat(3),
    dies: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 40 }), list => {
      const watch = new Watch()
      const { clock, ledger } = watch
      const doors = [0, 1, 2].map(() => ({ pid: 1, requests: 0, failed: 0, heardAtMs: 0 }))
      const expected = { requests: 0, failed: 0 }
      for (const [pid, door] of doors.entries()) {
        ledger.met(`edge-${pid}`, door.pid)
        ledger.heard(reportOf(`edge-${pid}`, door), clock.monotonicMs())
      }
      clock.advance(1)
      for (const { door: nth, afterMs, slowMs, more, failed, dies } of list) {
        clock.advance(afterMs)
        const door = doors[nth]!
        if (dies) Object.assign(door, { pid: door.pid + 1, requests: 0, failed: 0 })
        door.requests += more + failed
        door.failed += failed
        expected.requests += more + failed
        expected.failed += failed
        const { pid } = door
        const report = reportOf(`edge-${nth}`, door, clock.monotonicMs())
        // A link keeps the order of what it carries.
        door.heardAtMs = Math.max(door.heardAtMs, clock.nowMs() + slowMs)
        clock.after(door.heardAtMs - clock.nowMs(), () => {
          ledger.met(`edge-${nth}`, pid)
          ledger.heard(report, clock.monotonicMs())
        })
      }
      clock.advance(8_000)
      assertAbout(watch.told(requests), expected.requests, 0.2)
      assertAbout(watch.told(failures), expected.failed, 0.2)
      for (const sample of watch.samples)
        assert.ok(sample.requestsPerSecond >= 0 && sample.failedPerSecond >= 0)
    }),
  )
})

test("a new control plane tells nothing of what front doors counted before it looked, no failure above all", () => {
  const watch = new Watch()
  for (let turn = 0; turn < 8; turn++)
    watch.report("edge-1", () => ({ requests: 1e6 + watch.clock.nowMs() / 10, failed: 500 }), {
      atMs: 100 + turn * 1_000,
    })
  watch.clock.advance(8_000)
  for (const sample of watch.samples) {
    assert.ok(sample.requestsPerSecond <= 100.001, `${sample.requestsPerSecond}`)
    assert.equal(sample.failedPerSecond, 0)
  }
  assert.equal(watch.samples.at(-1)?.requestsPerSecond, 100)
})

test("one failure is told once, near its second", () => {
  const watch = new Watch()
  for (let turn = 0; turn < 10; turn++) {
    const counts = () => ({ requests: turn * 10, failed: turn < 5 ? 0 : 1 })
    watch.report("edge-1", counts, { atMs: 300 + turn * 1_000 })
  }
  watch.clock.advance(10_000)
  assertAbout(watch.told(failures), 1)
  assert.deepEqual(watch.samples.map(failures), [0, 0, 0, 0, 0.7, 0.3, 0, 0])
})

test("another process of the same id counts by a clock of its own, from its birth", () => {
  const watch = new Watch()
  const live = (pid: number, clockMs: number, bornMs: number, reports: number) => {
    watch.clock.after(bornMs, () => watch.ledger.met("edge-1", pid))
    const counts = () => ({ requests: (watch.clock.nowMs() - beginMs - bornMs) / 10 })
    for (let turn = 0; turn < reports; turn++)
      watch.report("edge-1", counts, { atMs: bornMs + turn * 1_000, clockMs })
  }
  live(1, 0, 0, 6)
  live(2, -1e6, 5_300, 8)
  watch.clock.advance(12_000)
  for (const sample of watch.between(6_000, 12_000)) assertAbout(sample.requestsPerSecond, 100)
  // What the first one did after its last report nobody knows.
  assert.deepEqual(watch.between(4_000, 6_000).map(requests), [100, 70])
})

test("none is told while the clock is set back, and the next one tells of both", () => {
  const watch = new Watch()
  for (let turn = 0; turn < 12; turn++) {
    const counts = () => ({ requests: turn * 100, failed: turn < 5 ? 0 : 1 })
    watch.report("edge-1", counts, { atMs: turn * 1_000 })
  }
  watch.clock.advance(4_500)
  watch.setBackMs = 5_000
  watch.clock.advance(7_500)
  watch.recorder.close()
  watch.clock.advance(5_000)
  const { samples } = watch.recorder.view()
  assert.deepEqual(
    samples.map(({ at }) => at - beginMs),
    [1, 2, 3, 4, 1, 2, 3, 4, 5].map(second => second * 1_000),
  )
  assert.deepEqual(samples.map(requests), Array(9).fill(100))
  assert.deepEqual(samples.map(failures), [0, 0, 0, 0, 0.5, 0, 0, 0, 0])
})
