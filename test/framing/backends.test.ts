import assert from "node:assert/strict"
import { test } from "node:test"
import { backends } from "./backends/backend.ts"
import { corpus, textOf } from "./corpus.ts"
import { startFrontDoor } from "./front-door.ts"
import { judgeAgreement, judgeCase, secondRequest } from "./judge.ts"

for (const backend of backends) {
  const skip = backend.version === "" && `${backend.name} is not on this machine: scripts/ci-setup brings it`
  test(`the front door and ${backend.name} agree on every case`, { skip }, async t => {
    const door = await startFrontDoor(await backend.start(t), t)
    const wrong: string[] = []
    const declined: Record<string, number> = {}
    for (const framing of corpus) {
      const bytes = textOf(framing.send) + (framing.ends ? "" : secondRequest)
      const seen = await door.send([bytes], framing.ends)
      wrong.push(...judgeCase(framing, seen).map(what => `${framing.id}: ${what}`))
      for (const status of judgeAgreement(seen).declined) declined[framing.id] = status
    }
    t.diagnostic(`${backend.name} ${backend.version}, ${corpus.length} cases, ${wrong.length} disagreements`)
    assert.deepEqual(wrong, [])
    assert.deepEqual(declined, backend.declines)
  })
}
