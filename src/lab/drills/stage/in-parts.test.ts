import assert from "node:assert/strict"
import { test } from "node:test"
import type { DrillFindings, Episode } from "../drill.ts"
import { inParts } from "./in-parts.ts"

const quantiles = { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 }

function part(name: string, startedAtMs: number, violations: readonly string[] = []): DrillFindings {
  const episode = { name, violations } as Pick<Episode, "name" | "violations"> as Episode
  const step = { plan: name, trigger: "", kind: "start", id: "web-1", state: "done" }
  return {
    n: 1,
    episodes: [episode],
    verdicts: [],
    skipped: [{ name, subject: "", why: "", remedy: "" }],
    measuredMs: { [name]: quantiles },
    timeline: {
      startedAtMs,
      tookMs: 1000,
      tickMs: 250,
      ticks: [{ atMs: 250, sent: 1, ok: 1, failed: 0, p50Ms: null, p99Ms: null }],
      faults: [{ atMs: 300, what: "kill", whom: name }],
      steps: [
        { ...step, startMs: 100, endMs: 200 },
        { ...step, startMs: 900, endMs: null },
      ],
      episodes: [{ name, startMs: 0, endMs: 1000 }],
    },
  }
}

test("what two parts found is one; moments of the second count from the beginning of the first", async () => {
  const found = await inParts([async () => part("one", 10_000), async () => part("two", 15_000)], {})
  assert.equal(found.n, 2)
  assert.deepEqual(
    [found.episodes, found.skipped].map(list => list.map(({ name }) => name)),
    [
      ["one", "two"],
      ["one", "two"],
    ],
  )
  assert.deepEqual(Object.keys(found.measuredMs ?? {}), ["one", "two"])
  const { timeline } = found
  assert.deepEqual([timeline.startedAtMs, timeline.tookMs], [10_000, 6000])
  assert.deepEqual(
    [timeline.ticks, timeline.faults].map(list => list.map(({ atMs }) => atMs)),
    [
      [250, 5250],
      [300, 5300],
    ],
  )
  assert.deepEqual(
    timeline.steps.map(({ startMs, endMs }) => [startMs, endMs]),
    [
      [100, 200],
      [900, null],
      [5100, 5200],
      [5900, null],
    ],
  )
  assert.deepEqual(timeline.episodes[1], { name: "two", startMs: 5000, endMs: 6000 })
})

test("who has seen enough does not begin the next part", async () => {
  const wrong = async () => part("one", 0, ["it was lost"])
  const next = async () => part("two", 0)
  assert.equal((await inParts([wrong, next], { untilViolation: true })).n, 1)
  assert.equal((await inParts([wrong, next], {})).n, 2)
  assert.equal((await inParts([next, next], { untilViolation: true })).n, 2)
})
