import assert from "node:assert/strict"
import { test } from "node:test"
import { Deadlines } from "./deadlines.ts"

/** Adds tasks due after so many milliseconds each; resolves with when they expired, when the last one has. */
async function expired(deadlines: Deadlines, dueMs: readonly number[], ended: readonly number[] = []) {
  const startMs = performance.now()
  const atMs: (number | undefined)[] = dueMs.map(() => undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  const tasks = dueMs.map((_, nth) => ({
    expire: () => {
      atMs[nth] = performance.now() - startMs
      if (nth === dueMs.length - 1) resolve()
    },
  }))
  for (const [nth, task] of tasks.entries()) deadlines.add(task, startMs + dueMs[nth]!)
  for (const nth of ended) deadlines.delete(tasks[nth]!)
  await promise
  return atMs
}

test("each expires once and never early, those that ended do not", async () => {
  const dueMs = [0.5, 10, 10, 10.2, 40, 60]
  const atMs = await expired(new Deadlines(), dueMs, [1, 4])
  assert.deepEqual([atMs[1], atMs[4]], [undefined, undefined])
  for (const nth of [0, 2, 3, 5]) assert.ok(atMs[nth]! >= dueMs[nth]!, `${atMs}`)
})

test("a deadline given after all others have passed is kept too", async () => {
  const deadlines = new Deadlines()
  await expired(deadlines, [1])
  assert.equal((await expired(deadlines, [5])).length, 1)
})

test("what is cleared never expires and keeps no process alive", t => {
  const deadlines = new Deadlines()
  const timersBefore = process.getActiveResourcesInfo().filter(kind => kind === "Timeout").length
  deadlines.add({ expire: () => t.assert.fail("expired") }, performance.now() + 1)
  deadlines.clear()
  const timers = process.getActiveResourcesInfo().filter(kind => kind === "Timeout").length
  assert.equal(timers, timersBefore)
})
