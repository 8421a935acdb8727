import assert from "node:assert/strict"
import { test } from "node:test"
import { beatMs, SilenceMeter } from "./silence.ts"

test("silence is counted in beats, ends with a word, and is forgotten with its owner", () => {
  const meter = new SilenceMeter()
  const both = ["web-1", "web-2"]
  meter.beat(both)
  meter.beat(both)
  meter.heard("web-2")
  meter.beat(both)
  assert.deepEqual(
    both.map(id => meter.silentMs(id)),
    [2 * beatMs, 0],
  )
  meter.beat(["web-2"])
  assert.deepEqual(
    both.map(id => meter.silentMs(id)),
    [0, beatMs],
  )
})
