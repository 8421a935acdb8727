import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { seededRandom } from "../../../kit/random.ts"
import { type Choosable, chooseBackend } from "./balance.ts"

const one = (id: string, weight = 1, outstanding = 0): Choosable => ({ id, weight, outstanding })

/** How often each is chosen when every choice stays outstanding. */
function spread(weights: readonly number[], choices: number, seed = 1): number[] {
  const random = seededRandom(seed)
  const pool = weights.map((weight, at) => ({ id: String(at), weight, outstanding: 0 }))
  for (let count = 0; count < choices; count++) chooseBackend(pool, random)!.outstanding++
  return pool.map(backend => backend.outstanding)
}

test("of two, the one with fewer outstanding requests is taken", () => {
  const random = seededRandom(1)
  for (let count = 0; count < 100; count++) {
    assert.equal(chooseBackend([one("a", 1, 3), one("b", 1, 2)], random)?.id, "b")
  }
})

test("equal ones share equally, and nobody falls behind", () => {
  const counts = spread([1, 1, 1, 1, 1], 1000)
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 10, String(counts))
})

test("weights are shares", () => {
  const [light, heavy] = spread([1, 3], 4000)
  assert.ok(Math.abs(heavy! / light! - 3) < 0.2, `${heavy} to ${light}`)
})

test("property: never one of weight 0, never a tried one while there is another, something while there is anything", () => {
  const backend = fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    weight: fc.constantFrom(0, 1, 5, 100),
    outstanding: fc.nat(20),
  })
  const pools = fc.uniqueArray(backend, { selector: each => each.id, maxLength: 5 })
  fc.assert(
    fc.property(pools, fc.subarray(["a", "b", "c", "d", "e"]), fc.nat(), (pool, tried, seed) => {
      const chosen = chooseBackend(pool, seededRandom(seed), tried)
      const usable = pool.filter(each => each.weight > 0)
      const fresh = usable.filter(each => !tried.includes(each.id))
      if (usable.length === 0) return chosen === undefined
      return fresh.length > 0 ? fresh.includes(chosen!) : usable.includes(chosen!)
    }),
  )
})
