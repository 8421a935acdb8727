import assert from "node:assert/strict"
import { test } from "node:test"
import { Crowd } from "./crowd.ts"

/** What is said of the last of `count` writes, so many in each turn. */
function crowdWith(): (count: number, perTurn: number) => boolean {
  let turns = 0
  const crowd = new Crowd(() => turns)
  return (count, perTurn) => {
    let isCrowd = false
    for (let nth = 1; nth <= count; nth++) {
      isCrowd = crowd.counts()
      if (nth % perTurn === 0) turns++
    }
    return isCrowd
  }
}

test("many writes in one turn are a crowd, few are none, and what was seen last holds until the next look", () => {
  const after = crowdWith()
  assert.equal(after(63, 63), false, "nothing is known yet")
  assert.equal(after(1, 1), true, "sixty-four in two turns")
  assert.equal(after(63, 1), true, "it was one at the last look")
  assert.equal(after(1, 1), false)
  assert.equal(after(640, 3), false)
  assert.equal(after(640, 5), true)
})

test("the loop's turns do not have to go on between two looks", () => {
  const after = crowdWith()
  assert.equal(after(1_000, 10_000), true)
})
