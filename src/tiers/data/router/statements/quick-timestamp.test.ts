import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import pg from "pg"
import { quickly } from "./quick-timestamp.ts"

const timestamptz = 1184
const theirs = pg.types.getTypeParser(timestamptz, "text")
const ours = quickly(theirs)

test("it is node-postgres's own parser that is made quicker, and no other", () => {
  assert.notEqual(ours, theirs)
  const mine = () => "mine"
  assert.equal(quickly(mine), mine)
})

test("every instant reads as node-postgres reads it", () => {
  const part = (max: number) => fc.nat(max).map(value => String(value).padStart(2, "0"))
  const text = fc
    .tuple(
      fc.integer({ min: 0, max: 29_999 }).map(year => String(year).padStart(4, "0")),
      fc.tuple(part(13), part(32)),
      fc.tuple(part(25), part(61), part(61)),
      fc.option(fc.stringMatching(/^\.[0-9]{1,6}$/), { nil: "" }),
      fc.constantFrom("+00", "-05", "+05:30", "-00:01:15", "+00 BC", ""),
    )
    .map(
      ([year, day, time, fraction, zone]) =>
        `${[year, ...day].join("-")} ${time.join(":")}${fraction}${zone}`,
    )
  fc.assert(
    fc.property(text, value => assert.deepEqual(ours(value), theirs(value))),
    { numRuns: 5000 },
  )
})

test("so does what is no instant", () => {
  const others = [
    "infinity",
    "-infinity",
    "2026-11-22",
    "",
    "2026-11-22 09:26:0x.1+00",
    "2026-11-22 09:26:00.x+00",
  ]
  for (const value of others) assert.deepEqual(ours(value), theirs(value))
  fc.assert(fc.property(fc.string({ maxLength: 40 }), value => assert.deepEqual(ours(value), theirs(value))))
})
