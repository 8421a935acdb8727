import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "./system-clock.ts"

test("no timer fires before its time, however the delay lies between milliseconds", async t => {
  // The clock's own timers keep nothing alive.
  const alive = setInterval(() => {}, 1_000)
  t.after(() => clearInterval(alive))
  const delays = Array.from({ length: 400 }, (_, at) => (at % 97) / 10)
  const early = await Promise.all(
    delays.map(async (delayMs, at) => {
      // Begun at different moments, so that some begin late in a millisecond.
      await new Promise(resolve => setTimeout(resolve, at % 7))
      const sinceMs = systemClock.monotonicMs()
      await new Promise<void>(resolve => void systemClock.after(delayMs, resolve))
      return systemClock.monotonicMs() - sinceMs - delayMs
    }),
  )
  assert.ok(Math.min(...early) >= 0, `${Math.min(...early)} ms`)
})
