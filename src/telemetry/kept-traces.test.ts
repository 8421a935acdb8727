import assert from "node:assert/strict"
import { test } from "node:test"
import { KeptTraces } from "./kept-traces.ts"

const bounds = { windowMs: 1_000, stretchMs: 100, perStretch: 3, maxBytes: 1_000 }

/** As a tier does: asked for every request, kept where it is wanted. */
function offer(
  kept: KeptTraces<string>,
  name: string,
  latencyMs: number,
  nowMs: number,
  notable = false,
  bytes = 10,
) {
  const wanted = kept.wants(latencyMs, notable, nowMs)
  if (wanted) kept.keep(name, bytes, latencyMs, notable, nowMs)
  return wanted
}

test("of each stretch the slowest stay, and what is notable beside them", () => {
  const kept = new KeptTraces<string>(bounds)
  for (const [at, ms] of [5, 1, 9, 2, 7, 7.1, 3].entries()) offer(kept, `${ms} ms`, ms, at)
  offer(kept, "failed", 0.1, 8, true)
  assert.deepEqual(kept.all(10), ["9 ms", "7.1 ms", "7 ms", "failed"])
  assert.equal(offer(kept, "fast", 7.6, 20), false, "not clearly slower than the last of them")
  assert.equal(offer(kept, "next stretch", 0.1, 150), true)
})

test("what is older than the window goes, also while nobody comes", () => {
  const kept = new KeptTraces<string>(bounds)
  offer(kept, "old", 5, 0)
  offer(kept, "young", 5, 1_000)
  assert.deepEqual(kept.all(1_050), ["old", "young"])
  assert.deepEqual(kept.all(1_101), ["young"])
  assert.deepEqual(kept.all(9_000), [])
  assert.equal(kept.bytes, 0)
  offer(kept, "again", 5, 9_001)
  assert.deepEqual(kept.all(9_001), ["again"])
})

test("a flood is bounded, in what it keeps and in what it makes", () => {
  const maxBytes = 5_000
  const kept = new KeptTraces<string>({ windowMs: 300_000, stretchMs: 15_000, perStretch: 8, maxBytes })
  let made = 0
  const count = 100_000
  // For a minute all fail, and each is slower than the one before: the worst of both.
  for (let at = 0; at < count; at++) {
    if (offer(kept, `${at}`, 1 + at * 0.6, at * 0.6, true, 200)) made++
    assert.ok(kept.bytes <= maxBytes)
  }
  assert.ok(made < 1_500, `${made} of ${count} were made`)
  const left = kept.all(60_000)
  assert.equal(left.length, 25)
  assert.ok(!left.includes("0"), "over the bound of bytes the oldest went")
})

test("over the bytes the oldest stretch pays first", () => {
  const kept = new KeptTraces<string>({ ...bounds, maxBytes: 40 })
  offer(kept, "a", 1, 0)
  offer(kept, "b", 9, 1)
  offer(kept, "c", 2, 150)
  offer(kept, "d", 3, 151)
  offer(kept, "e", 4, 152)
  assert.deepEqual(kept.all(200), ["b", "e", "d", "c"])
})
