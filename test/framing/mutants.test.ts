import assert from "node:assert/strict"
import { test } from "node:test"
import { startStrictBackend } from "./backends/strict-backend.ts"
import { corpus, textOf } from "./corpus.ts"
import { startFrontDoor } from "./front-door.ts"
import { judgeCase, secondRequest } from "./judge.ts"
import { edgeOf, mutants } from "./mutants.ts"

for (const mutant of mutants) {
  test(`a front door that ${mutant.what} is caught`, async t => {
    const door = await startFrontDoor(await startStrictBackend(t), t, await edgeOf(mutant))
    for (const framing of corpus.filter(({ theme }) => theme === mutant.theme)) {
      const bytes = textOf(framing.send) + (framing.ends ? "" : secondRequest)
      const [wrong] = judgeCase(framing, await door.send([bytes], framing.ends))
      if (wrong !== undefined) return t.diagnostic(`${framing.id}: ${wrong}`)
    }
    assert.fail("never caught")
  })
}
