import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { Quorum } from "../../wire/map.ts"
import { isSettledOn, quorumOf, quorumsOf, surestOf } from "./quorum.ts"

const former = "postgres-1"
const others = ["postgres-2", "postgres-3", "postgres-4", "postgres-5"]
const quorums: fc.Arbitrary<Quorum> = fc
  .subarray(others)
  .chain(members => fc.record({ members: fc.constant([former, ...members]), acks: fc.nat(members.length) }))

/** R + W > N: one of those reached has everything that was acknowledged by this quorum. */
function isSafe({ members, acks }: Quorum, reached: readonly string[]): boolean {
  const standbys = members.filter(id => id !== former)
  return acks > 0 && standbys.filter(id => reached.includes(id)).length + acks > standbys.length
}

test("half of the standbys acknowledge, rounded up", () => {
  const acks = [1, 2, 3, 4, 5].map(count => quorumOf([former, ...others].slice(0, count)).acks)
  assert.deepEqual(acks, [0, 1, 1, 2, 2])
})

test("whom the surest of several allows to be promoted, each of them does", () => {
  fc.assert(
    fc.property(fc.array(quorums, { minLength: 1, maxLength: 4 }), fc.subarray(others), (list, reached) => {
      const surest = surestOf(list)
      if (isSafe(surest, reached))
        for (const each of list) assert.ok(isSafe(each, reached), JSON.stringify(each))
      if (list.length === 1) assert.equal(isSafe(surest, reached), isSafe(list[0]!, reached))
    }),
    { numRuns: 5000 },
  )
})

test("the same members in another order are the same quorum; several are never settled", () => {
  const [one, other] = [
    quorumOf([former, "postgres-2", "postgres-3"]),
    quorumOf([former, "postgres-3", "postgres-2"]),
  ]
  assert.ok(isSettledOn([one], other))
  assert.ok(!isSettledOn([one, quorumOf([former])], one))
  assert.deepEqual(quorumsOf(undefined, former), [{ members: [former], acks: 0 }])
})
