import assert from "node:assert/strict"
import { test } from "node:test"
import { parseLsn, segmentNames } from "./lsn.ts"

test("a position is two hexadecimal halves; anything else is refused", () => {
  assert.equal(parseLsn("0/0"), 0n)
  assert.equal(parseLsn("16/B374D848"), 0x16b374d848n)
  assert.equal(parseLsn("FFFFFFFF/FFFFFFFF"), 2n ** 64n - 1n)
  for (const wrong of ["", "16", "16/", "g/1", "1/123456789"])
    assert.throws(() => parseLsn(wrong), RangeError)
})

test("segments are named as Postgres names them, for the range and no more", () => {
  const mb16 = 16 * 1024 * 1024
  assert.deepEqual(segmentNames(1, parseLsn("0/2000028"), parseLsn("0/2000120"), mb16), [
    "000000010000000000000002",
  ])
  // An end on the border needs nothing of the next one; FF is the last of its high half.
  assert.deepEqual(segmentNames(0x2a, parseLsn("0/FF000000"), parseLsn("1/1000000"), mb16), [
    "0000002A00000000000000FF",
    "0000002A0000000100000000",
  ])
  assert.deepEqual(segmentNames(1, parseLsn("0/2000000"), parseLsn("0/2000000"), mb16), [])
})
