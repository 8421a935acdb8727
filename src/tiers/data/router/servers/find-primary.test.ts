import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type Candidate, findPrimary } from "./find-primary.ts"
import type { ServerStatus } from "./server-status.ts"

const says = (recovering: boolean, timeline: number, cluster = "c"): ServerStatus => ({
  cluster,
  recovering,
  timeline,
  lsn: 0n,
})
const known = { cluster: "c", timeline: 1 }

function found(statuses: Record<string, ServerStatus | undefined>, current?: string, seen = known) {
  const candidates = Object.entries(statuses).map(([server, status]) => ({ server, status }))
  return findPrimary(candidates, current, seen)
}

test("the one that is not in recovery", () => {
  assert.equal(found({ a: says(false, 1), b: says(true, 1) }), "a")
  assert.equal(found({ a: undefined, b: says(true, 1) }), undefined)
})

test("after a promotion the newer timeline, though the former primary is alive", () => {
  assert.equal(found({ a: says(false, 1), b: says(false, 2) }, "a"), "b")
})

test("a former primary is not gone back to, and a stranger not followed", () => {
  assert.equal(found({ a: says(false, 1), b: undefined }, "b", { cluster: "c", timeline: 2 }), undefined)
  assert.equal(found({ a: says(false, 9, "other") }), undefined)
})

test("of two on one timeline the one worked with stays; a newcomer believes neither", () => {
  assert.equal(found({ a: says(false, 1), b: says(false, 1) }, "b"), "b")
  assert.equal(found({ a: says(false, 1), b: says(false, 1) }), undefined)
})

test("whoever is found says itself that it is primary, of this cluster, on the highest timeline", () => {
  const status = fc.option(
    fc.record({
      cluster: fc.constantFrom("c", "d"),
      recovering: fc.boolean(),
      timeline: fc.integer({ min: 1, max: 4 }),
      lsn: fc.constant(0n),
    }),
    { nil: undefined },
  )
  fc.assert(
    fc.property(fc.array(status), fc.nat(), fc.integer({ min: 1, max: 4 }), (statuses, current, timeline) => {
      const candidates: Candidate<number>[] = statuses.map((status, server) => ({ server, status }))
      const chosen = findPrimary(candidates, current, { cluster: "c", timeline })
      if (chosen === undefined) return
      const { status } = candidates[chosen]!
      assert.equal(status?.recovering, false)
      assert.equal(status?.cluster, "c")
      for (const other of statuses)
        if (other?.recovering === false && other.cluster === "c")
          assert.ok(other.timeline <= status!.timeline)
    }),
  )
})
