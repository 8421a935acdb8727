import assert from "node:assert/strict"
import { test } from "node:test"
import { node } from "./backends/node-backend.ts"
import { startFrontDoor } from "./front-door.ts"
import { Disagreement, fuzz } from "./fuzz.ts"
import { edgeOf, mutants } from "./mutants.ts"

const numRuns = Number(process.env["BANYAN_FRAMING_RUNS"] ?? 3000)
const seed = Number(process.env["BANYAN_FRAMING_SEED"] ?? Date.now() % 1e9)

test(`whatever a client sends, front door, Node and a strict reader agree (${numRuns} times, seed ${seed})`, async t => {
  const door = await startFrontDoor(await node.start(t), t)
  const { failed, counterexample, errorInstance } = await fuzz(door, { seed, numRuns })
  assert.ok(!failed, `${errorInstance}: ${JSON.stringify(counterexample)}`)
})

const patience = 2000
for (const what of [
  "reads by the coding where a length stands too",
  "lets Connection name what frames",
  "takes LF for the end of a chunk's line",
]) {
  test(`a front door that ${what} is found out within ${patience} times`, async t => {
    const mutant = mutants.find(mutant => mutant.what === what)!
    const door = await startFrontDoor(await node.start(t), t, await edgeOf(mutant))
    const { failed, counterexample, errorInstance, numRuns } = await fuzz(door, {
      seed: 1,
      numRuns: patience,
    })
    assert.ok(failed, "never found")
    assert.ok(errorInstance instanceof Disagreement, String(errorInstance))
    t.diagnostic(`at ${numRuns}: ${errorInstance}: ${JSON.stringify(counterexample)}`)
  })
}
