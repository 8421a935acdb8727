import assert from "node:assert/strict"
import { test } from "node:test"
import { busyWords, MachineWatch, parseCounters } from "./machine-use.ts"

test("the counters of all processors are read, guests not counted twice", () => {
  const stat = "cpu  100 10 40 800 30 5 5 10 50 7\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 1\n"
  assert.deepEqual(parseCounters(stat), { all: 1000, idle: 830, steal: 10 })
  assert.equal(parseCounters(""), undefined)
})

test("other people's work and a stealing hypervisor are named; the drill's own pressure is not", () => {
  assert.deepEqual(busyWords({ busyBefore: 0.1, stealShare: 0.01, cpuPressureShare: 0.9 }), [])
  assert.deepEqual(busyWords({ busyBefore: null, stealShare: null, cpuPressureShare: null }), [])
  const [before, steal] = busyWords({ busyBefore: 0.75, stealShare: 0.25, cpuPressureShare: 0 })
  assert.match(before!, /75 % of the processors before/)
  assert.match(steal!, /25 %/)
})

test("work before the watch begins shows", {
  skip: process.platform !== "linux" && "needs /proc",
}, async () => {
  const watching = MachineWatch.begin()
  const untilMs = performance.now() + 400
  while (performance.now() < untilMs) Math.sqrt(untilMs)
  const { busyBefore, stealShare } = (await watching).end()
  assert.ok(busyBefore! > 0.05 && busyBefore! <= 1, `${busyBefore}`)
  assert.ok(stealShare === null || (stealShare >= 0 && stealShare <= 1), `${stealShare}`)
})
