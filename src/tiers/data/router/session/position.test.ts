import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { covers, later, type Position } from "./position.ts"

const position = fc.record({
  timeline: fc.integer({ min: 1, max: 5 }),
  lsn: fc.bigInt({ min: 0n, max: 50n }),
})

test("who covers the later of two positions covers both, and nobody else does", () => {
  fc.assert(
    fc.property(position, position, position, (reached, a, b) => {
      assert.equal(covers(reached, later(a, b)), covers(reached, a) && covers(reached, b))
    }),
  )
})

test("an older timeline never covers a newer one, however far it went", () => {
  const needed: Position = { timeline: 2, lsn: 10n }
  assert.equal(covers({ timeline: 1, lsn: 10_000n }, needed), false)
  assert.equal(covers({ timeline: 2, lsn: 9n }, needed), false)
  assert.equal(covers({ timeline: 3, lsn: 10n }, needed), true)
})

/** A history of promotions: each timeline forks off the one before, and its log goes on from there. */
const history = fc.array(fc.record({ forkAt: fc.bigInt({ min: 0n, max: 40n }) }), {
  minLength: 1,
  maxLength: 4,
})

test("who covers a position has every record up to it that outlived the promotions", () => {
  fc.assert(
    fc.property(history, position, position, (forks, reached, needed) => {
      const top = forks.length
      if (reached.timeline > top || needed.timeline > top) return
      // The first timeline begins at 0; a server cannot be on one before the place where that begins.
      const beginOf = (timeline: number) => (timeline === 1 ? 0n : (forks[timeline - 1]?.forkAt ?? 0n))
      if (reached.lsn < beginOf(reached.timeline) || needed.lsn < beginOf(needed.timeline)) return
      if (!covers(reached, needed)) return
      // Record r of the needed timeline survives on the reached one when no fork between them is at or before it.
      for (let record = beginOf(needed.timeline) + 1n; record <= needed.lsn; record++) {
        let survives = true
        for (let timeline = needed.timeline + 1; timeline <= reached.timeline; timeline++)
          survives &&= record <= beginOf(timeline)
        if (survives) assert.ok(record <= reached.lsn)
      }
    }),
  )
})
