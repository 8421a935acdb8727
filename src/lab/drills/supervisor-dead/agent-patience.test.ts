import assert from "node:assert/strict"
import { test } from "node:test"
import { birthMs, hammering, longestPauseMs, patience } from "./agent-patience.ts"

const dead = { fromMs: 0, untilMs: 20_000, firstAtOnce: false }
const backedOff = [60, 170, 380, 800, 1620, 3250, 6470, 11_500, 16_600]

const longest = patience.capMs + birthMs

test("waits that double up to the cap are patience", () => {
  assert.deepEqual(hammering(backedOff, dead), [])
  assert.equal(longestPauseMs(backedOff, dead), 5100)
})

test("an agent that gives up is seen, also when it never tried", () => {
  assert.equal(longestPauseMs(backedOff.slice(0, 5), dead), 18_380)
  assert.equal(longestPauseMs([], dead), 20_000)
  assert.ok(longest < 18_380)
})

test("an agent that hammers is found", () => {
  const hammered = Array.from({ length: 190 }, (_, index) => 100 * index + 50)
  assert.match(hammering(hammered, dead).join(), /tried 190 times in 20000 ms; its back-off allows 9/)
})

test("a new agent may try at once, and only its own time counts", () => {
  const births = [60, 170, 380, 800, 10_000, 10_060, 10_170, 10_380]
  const second = { fromMs: 10_000, untilMs: 10_400, firstAtOnce: true }
  assert.deepEqual(hammering(births, second), [])
  assert.match(hammering(births, { ...second, firstAtOnce: false }).join(), /allows 3/)
  assert.equal(longestPauseMs(births, second), 210)
})
