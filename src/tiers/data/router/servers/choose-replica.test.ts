import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { seededRandom } from "../../../../kit/random.ts"
import { covers, type Position } from "../session/position.ts"
import { chooseReplica, type ReplicaView } from "./choose-replica.ts"

const position = fc.record({
  timeline: fc.integer({ min: 1, max: 3 }),
  lsn: fc.bigInt({ min: 0n, max: 20n }),
})
const replica: fc.Arbitrary<ReplicaView> = fc.record({
  usable: fc.boolean(),
  quiet: fc.boolean(),
  watermark: fc.option(position, { nil: undefined }),
  outstanding: fc.nat(20),
  lagBytes: fc.nat(10_000_000),
})

test("nobody is chosen who is not usable, or can never have what is needed, or is quiet beside one who answers", () => {
  fc.assert(
    fc.property(
      fc.array(replica),
      fc.option(position, { nil: undefined }),
      fc.nat(),
      (replicas, needed, seed) => {
        const chosen = chooseReplica(replicas, needed, seededRandom(seed))
        const fit = (each: ReplicaView) =>
          each.usable && (needed === undefined || (each.watermark?.timeline ?? 0) >= needed.timeline)
        assert.equal(chosen !== undefined, replicas.some(fit))
        if (chosen === undefined) return
        assert.ok(fit(chosen))
        assert.equal(
          chosen.quiet,
          replicas.filter(fit).every(({ quiet }) => quiet),
        )
      },
    ),
  )
})

test("of two, the one known to be recent enough; then the one with less to do; then the one less behind", () => {
  const needed: Position = { timeline: 1, lsn: 10n }
  const idle = {
    usable: true,
    quiet: false,
    watermark: { timeline: 1, lsn: 10n },
    outstanding: 0,
    lagBytes: 0,
  }
  const behind = { ...idle, watermark: { timeline: 1, lsn: 9n } }
  const busy = { ...idle, outstanding: 3 }
  const lagging = { ...idle, lagBytes: 5_000_000 }
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed)
    assert.equal(chooseReplica([behind, busy], needed, random), busy)
    assert.equal(chooseReplica([busy, idle], needed, random), idle)
    assert.equal(chooseReplica([idle, lagging], undefined, random), idle)
  }
  assert.ok(covers(idle.watermark, needed))
})

test("equal replicas share the reads", () => {
  const random = seededRandom(1)
  const replicas = [0, 1, 2].map(() => ({
    usable: true,
    quiet: false,
    watermark: undefined,
    outstanding: 0,
    lagBytes: 0,
  }))
  const counts = new Map(replicas.map(each => [each, 0]))
  for (let n = 0; n < 3000; n++) {
    const chosen = chooseReplica(replicas, undefined, random)!
    counts.set(chosen, counts.get(chosen)! + 1)
  }
  for (const count of counts.values()) assert.ok(count > 900 && count < 1100, `${[...counts.values()]}`)
})
