import assert from "node:assert/strict"
import { test } from "node:test"
import { sampleReport } from "../report/testing/sample-report.ts"
import type { Episode } from "./drill.ts"
import { lagWords, verdictOf } from "./verdict.ts"

const [sample] = sampleReport().episodes
const skipped = sampleReport().skipped

function episodes(...lagsMs: readonly number[]): Episode[] {
  return lagsMs.map(p99 => {
    const load = { ...sample!.load, lagMs: { ...sample!.load.lagMs, p99 }, lagging: p99 > 5 }
    return { ...sample!, load, violations: [] }
  })
}

const quiet = episodes(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)

test("passed: nothing wrong, nothing left out, under the load that was claimed", () => {
  assert.equal(verdictOf({ episodes: quiet, skipped: [] }, []), "passed")
  assert.deepEqual(lagWords(quiet), [])
})

test("failed beats all: a failure on a busy machine is a failure", () => {
  assert.equal(verdictOf({ episodes: episodes(5000), skipped }, ["a request failed"]), "failed")
})

test("a skipped fault is never a pass", () => {
  assert.equal(verdictOf({ episodes: quiet, skipped }, []), "incomplete")
})

test("faults that struck without their load have shown nothing; one bad second of a long run takes nothing away", () => {
  assert.equal(verdictOf({ episodes: episodes(1500, 1, 1), skipped }, []), "invalid")
  assert.match(lagWords(episodes(1500, 1, 1))[0]!, /starved .* in 1 of 3 episodes/)
  assert.equal(verdictOf({ episodes: [...quiet, ...episodes(1500)], skipped: [] }, []), "passed")
})

test("late requests only mark: latencies say little, what failed is counted all the same", () => {
  const late = episodes(80, 80, 1, 1)
  assert.equal(verdictOf({ episodes: late, skipped: [] }, []), "passed")
  assert.match(lagWords(late)[0]!, /late at times in 2 of 4 episodes/)
  assert.deepEqual(lagWords(episodes(80, 1, 1, 1)), [])
})
