import assert from "node:assert/strict"
import { test } from "node:test"
import { compareEpochs, type Epoch } from "../wire/epoch.ts"
import { isNewer, isOutdated } from "./epoch-rule.ts"

const epochs: Epoch[] = [1, 2].flatMap(term => [1, 2].map(counter => ({ term, counter })))

test("a fence of any older epoch is refused, a call of an older term alone; the newest is kept", () => {
  for (const epoch of epochs)
    for (const newest of epochs) {
      const words = JSON.stringify([epoch, newest])
      assert.equal(isOutdated("fence", epoch, newest), compareEpochs(epoch, newest) < 0, words)
      assert.equal(isOutdated("call", epoch, newest), epoch.term < newest.term, words)
      assert.equal(isNewer(epoch, newest), compareEpochs(epoch, newest) > 0, words)
    }
})
