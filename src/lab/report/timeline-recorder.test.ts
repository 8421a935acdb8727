import assert from "node:assert/strict"
import { test } from "node:test"
import type { PlanView } from "../../wire/admin.ts"
import type { LoadTick } from "../load/load.ts"
import { TimelineRecorder } from "./timeline-recorder.ts"

const startedAtMs = 5000

function tick(atMs: number, count: number): LoadTick {
  const latencyMs = { count, min: 1, mean: 1, p50: 1, p90: 2, p95: 3, p99: 3, p999: 3, max: 3 }
  return { atMs, sent: 4, ok: count, failed: 0, latencyMs, outstanding: 0 }
}

function plan(state: "running" | "done", tookMs?: number): PlanView {
  const step = {
    kind: "start",
    id: "web-1",
    reason: "",
    state,
    ...(tookMs === undefined ? {} : { tookMs }),
  } as const
  const pending = { kind: "route", id: "web-1", reason: "", state: "pending" } as const
  return {
    id: "plan-1-1",
    trigger: "grow",
    from: "single",
    to: "balanced",
    phases: [[step], [pending]],
    state,
  }
}

test("moments count from the drill's start; a tick without answers has no latency", () => {
  const heard: unknown[] = []
  const recorder = new TimelineRecorder(startedAtMs, moment => heard.push(moment.fault?.whom))
  const onTick = recorder.loadBegan(6000)
  onTick(tick(250, 2))
  recorder.fault(6300, "kill", "web")
  onTick(tick(500, 0))
  recorder.episodeEnded(6600, "one")
  const { ticks, faults, episodes, tookMs } = recorder.timeline(7000)
  assert.deepEqual(
    ticks.map(({ atMs, p99Ms }) => [atMs, p99Ms]),
    [
      [1250, 3],
      [1500, null],
    ],
  )
  assert.deepEqual(faults, [{ atMs: 1300, what: "kill", whom: "web" }])
  assert.deepEqual(episodes, [{ name: "one", startMs: 1000, endMs: 1600 }])
  assert.equal(tookMs, 2000)
  assert.deepEqual(heard, [undefined, "web"])
})

test("a fault is live in its own episode only", () => {
  const heard: unknown[] = []
  const recorder = new TimelineRecorder(startedAtMs, moment => heard.push(moment.fault))
  recorder.fault(5500, "kill", "web")
  recorder.loadBegan(6000)(tick(250, 1))
  assert.deepEqual(heard, [undefined])
})

test("a step lasts from the first view it runs in to the first it is over in", () => {
  const recorder = new TimelineRecorder(startedAtMs)
  for (const atMs of [6000, 6100]) recorder.plan(atMs, plan("running"))
  assert.equal(recorder.timeline(9000).steps[0]!.endMs, null)
  for (const atMs of [6500, 6900]) recorder.plan(atMs, plan("done", 480))
  const { steps } = recorder.timeline(9000)
  assert.equal(steps.length, 1, "what is pending has not happened")
  const { startMs, endMs, state } = steps[0]!
  assert.deepEqual({ startMs, endMs, state }, { startMs: 1000, endMs: 1500, state: "done" })
})

test("a step nobody saw running began as long ago as it took; a plan from before the drill is none of it", () => {
  const recorder = new TimelineRecorder(startedAtMs)
  recorder.plan(6000, plan("done", 400))
  assert.deepEqual(
    recorder.timeline(9000).steps.map(({ startMs, endMs }) => [startMs, endMs]),
    [[600, 1000]],
  )
  const early = new TimelineRecorder(startedAtMs)
  early.plan(4000, plan("done", 400))
  assert.deepEqual(early.timeline(9000).steps, [])
})
