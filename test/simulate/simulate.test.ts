import assert from "node:assert/strict"
import { test } from "node:test"
import { plantedBugs } from "./planted-bugs.ts"
import { simulate } from "./simulation.ts"

const seeds = Number(process.env.BANYAN_SIMULATE_SEEDS ?? 300)
/** A failure names its seed, which replays alone. */
const from = Number(process.env.BANYAN_SIMULATE_FROM ?? 1)

test(`whatever fails: safe at every event, as wanted in the end (${seeds} seeds from ${from})`, async () => {
  for (let seed = from; seed < from + seeds; seed++) {
    const { violations } = await simulate(seed)
    assert.deepEqual(violations, [], `npm run simulate -- --seed ${seed} --trace`)
  }
})

/** Each was one in thousands. */
const rare = {
  "a front door that thaws goes through old maps, of which one names no backend": 21725,
}
for (const [what, seed] of Object.entries(rare))
  test(`once: ${what}`, async () => {
    assert.deepEqual((await simulate(seed)).violations, [], `npm run simulate -- --seed ${seed} --trace`)
  })

test("the same seed goes the same way, whether its trace is kept or not", async () => {
  for (const seed of [1, 390, 1691]) {
    const [first, second] = [await simulate(seed), await simulate(seed, { keepTrace: true })]
    assert.equal(first.hash, second.hash)
    assert.equal(first.events, second.trace?.length)
  }
})

const patience = 400
for (const [name, { plant, caughtAs, base }] of Object.entries(plantedBugs))
  test(`a control plane that ${name} is caught within ${patience} seeds`, async t => {
    for (let seed = 1; seed <= patience; seed++) {
      const { violations } = await simulate(seed, { plant, base })
      const caught = violations.find(violation => caughtAs.test(violation))
      if (caught !== undefined) return t.diagnostic(`seed ${seed}: ${caught}`)
    }
    assert.fail("never caught")
  })
