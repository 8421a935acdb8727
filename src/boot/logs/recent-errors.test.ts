import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { RecentErrors } from "./recent-errors.ts"

const nowMs = 1_700_000_000_500
const minuteMs = 60_000

test("of each log, those of the last minute; what is older goes, what says no time is of now", () => {
  const errors = new RecentErrors()
  errors.add("web-1", nowMs - 59_000, nowMs)
  errors.add("web-1", undefined, nowMs)
  errors.add("web-1", nowMs + 3_600_000, nowMs)
  errors.add("web-1", nowMs - minuteMs, nowMs)
  errors.add("web-2", nowMs, nowMs)
  const counts = (atMs: number) => ["web-1", "web-2", "web-3"].map(log => errors.count(log, atMs))
  assert.deepEqual(counts(nowMs), [3, 1, 0])
  assert.deepEqual(counts(nowMs + 1_000), [2, 1, 0])
  assert.deepEqual(counts(nowMs + minuteMs), [0, 0, 0])
})

test("however many have come and gone, only those of the last minute are held", () => {
  const errors = new RecentErrors()
  for (let nth = 0; nth < 1_000; nth++) errors.add(`web-${nth}`, undefined, nowMs + nth * 1_000)
  assert.ok(errors.size <= 61, `${errors.size} logs are held`)
})

test("whatever comes in whatever order: as many as a list of all of them would tell", () => {
  const moments = fc.array(fc.record({ waitMs: fc.nat(20_000), agoMs: fc.nat(2 * minuteMs) }))
  fc.assert(
    fc.property(moments, each => {
      const errors = new RecentErrors()
      const seconds: number[] = []
      let atMs = nowMs
      for (const { waitMs, agoMs } of each) {
        atMs += waitMs
        errors.add("web-1", atMs - agoMs, atMs)
        seconds.push(Math.floor((atMs - agoMs) / 1_000))
        const oldest = Math.floor(atMs / 1_000) - 60
        assert.equal(errors.count("web-1", atMs), seconds.filter(second => second > oldest).length)
      }
    }),
  )
})
