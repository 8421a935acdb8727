import assert from "node:assert/strict"
import { test } from "node:test"
import { shiftViolations, shiftWords } from "./read-shift.ts"

const before = { "postgres-1": 60, "postgres-2": 150, "postgres-3": 150 }
const cast = { victim: "postgres-2", primary: "postgres-1", others: ["postgres-3"] }
const found = (lost: Readonly<Record<string, number>>) =>
  shiftViolations(before, lost, cast).map(words =>
    words.replace(/^without postgres-2 /, "").replace(/ \d.*/, ""),
  )

test("what a lost replica had goes to the other one; a part may go to the primary", () => {
  assert.deepEqual(found({ "postgres-1": 60, "postgres-3": 300 }), [])
  assert.deepEqual(found({ "postgres-1": 95, "postgres-3": 265 }), [])
  assert.equal(
    shiftWords(before, { "postgres-1": 60.4, "postgres-3": 300 }),
    "postgres-1 60 -> 60, postgres-2 150 -> 0, postgres-3 150 -> 300",
  )
})

test("everything at the primary, a survivor asked again and again, more work than before: each is told", () => {
  assert.deepEqual(found({ "postgres-1": 210, "postgres-3": 150 }), ["the primary postgres-1 has"])
  assert.deepEqual(found({ "postgres-1": 60, "postgres-3": 420 }), ["postgres-3 has"])
  assert.deepEqual(found({ "postgres-1": 150, "postgres-3": 400 }), [
    "the primary postgres-1 has",
    "all have together",
  ])
})

test("a replica that had nothing to do shows nothing", () => {
  assert.match(shiftViolations({ ...before, "postgres-2": 3 }, {}, cast)[0]!, /no load that could shift/)
})
