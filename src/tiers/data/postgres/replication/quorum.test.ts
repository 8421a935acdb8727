import assert from "node:assert/strict"
import { test } from "node:test"
import {
  choosePrimary,
  chooseUnderAll,
  type Position,
  quorumIn,
  quorumOf,
  synchronousStandbyNames,
} from "./quorum.ts"

const ids = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`)

/** Every way to give each of `count` standbys one of `levels` positions. */
function* everyPosition(count: number, levels: number): Generator<number[]> {
  for (let code = 0; code < levels ** count; code++) {
    yield ids(count).map((_, index) => Math.trunc(code / levels ** index) % levels)
  }
}

const subset = <T>(all: readonly T[], bits: number) => all.filter((_, index) => (bits >> index) & 1)

/** What a client may have been told: the highest position that `acks` standbys have reached. */
const acknowledged = (positions: readonly number[], acks: number) =>
  [...positions].sort((a, b) => b - a)[acks - 1] ?? 0

test("no promotion loses an acknowledged write, for 1 to 5 standbys, in every subset; none is refused that would be safe", () => {
  let looked = 0
  for (let n = 1; n <= 5; n++) {
    const members = ["p", ...ids(n)]
    for (let acks = 1; acks <= n; acks++) {
      for (let bits = 0; bits < 2 ** n; bits++) {
        const reachedIds = subset(ids(n), bits)
        let refused = false
        let couldLose = false
        for (const positions of everyPosition(n, 3)) {
          looked++
          const reached: Position[] = reachedIds.map(id => ({
            id,
            timeline: 1,
            lsn: BigInt(positions[Number(id.slice(1))]!),
          }))
          const { chosen } = choosePrimary({ members, acks }, "p", reached)
          const best = BigInt(Math.max(-1, ...reached.map(({ lsn }) => Number(lsn))))
          refused ||= chosen === undefined
          couldLose ||= best < BigInt(acknowledged(positions, acks))
          if (chosen !== undefined) {
            assert.ok(
              chosen.lsn >= BigInt(acknowledged(positions, acks)),
              JSON.stringify({ n, acks, bits, positions }),
            )
            assert.equal(chosen.lsn, best)
          }
        }
        assert.equal(refused, couldLose, JSON.stringify({ n, acks, bits }))
      }
    }
  }
  assert.ok(looked > 30_000)
})

test("a later timeline is ahead whatever its number; equal ones go by the order of the members", () => {
  const quorum = { members: ["p", "a", "b"], acks: 1 }
  const at = (id: string, timeline: number, lsn: bigint): Position => ({ id, timeline, lsn })
  assert.equal(choosePrimary(quorum, "p", [at("a", 1, 900n), at("b", 2, 100n)]).chosen?.id, "b")
  assert.equal(choosePrimary(quorum, "p", [at("b", 1, 5n), at("a", 1, 5n)]).chosen?.id, "a")
})

test("a stranger's position counts for nothing, nor does the former primary's own", () => {
  const quorum = { members: ["p", "a", "b"], acks: 1 }
  const reached = ["p", "x", "a"].map(id => ({ id, timeline: 1, lsn: 9n }))
  const { refusal } = choosePrimary(quorum, "p", reached)
  assert.equal(refusal?.code, "too-few-reached")
  assert.match(refusal.words, /^1 of 2 replicas were reached, .* b may hold one .* \(needed: 2\)$/)
})

test("where commits waited for nobody, nobody is promoted", () => {
  const { refusal } = choosePrimary({ members: ["p", "a"], acks: 0 }, "p", [
    { id: "a", timeline: 1, lsn: 9n },
  ])
  assert.equal(refusal?.code, "nothing-acknowledged")
})

test("the setting names exactly who exists, and a lone primary waits for nobody", () => {
  assert.equal(synchronousStandbyNames(quorumOf(["postgres-1"])), "")
  assert.equal(
    synchronousStandbyNames(quorumOf(["postgres-1", "postgres-2"])),
    'ANY 1 ("postgres-1", "postgres-2")',
  )
  const odd = { members: ["postgres-1", 'a "b", c', "d"], acks: 2 }
  for (const quorum of [odd, quorumOf(["postgres-1"]), quorumOf(["postgres-1", "postgres-3"])])
    assert.deepEqual(quorumIn(synchronousStandbyNames(quorum), "postgres-1"), quorum)
  assert.throws(() => synchronousStandbyNames({ members: ["a"], acks: 1 }), RangeError)
})

test("while the quorum changes, each that may be in force must allow a promotion, and the most advanced of all is chosen", () => {
  const wide = { members: ["p", "a", "b"], acks: 1 }
  const narrow = { members: ["p", "a"], acks: 1 }
  const [a, b] = [
    { id: "a", timeline: 1, lsn: 5n },
    { id: "b", timeline: 1, lsn: 9n },
  ]
  assert.equal(chooseUnderAll([wide, narrow], "p", [a]).refusal?.code, "too-few-reached")
  assert.equal(chooseUnderAll([narrow], "p", [a, b]).chosen?.id, "a")
  assert.equal(chooseUnderAll([wide, narrow], "p", [a, b]).chosen?.id, "b")
  assert.equal(
    chooseUnderAll([{ members: ["p", "a"], acks: 0 }, narrow], "p", [a, b]).refusal?.code,
    "nothing-acknowledged",
  )
})
