import assert from "node:assert/strict"
import { test } from "node:test"
import { WorkQueue } from "./work-queue.ts"

test("so many run at once, the others in their order; a failure frees its place", async () => {
  const queue = new WorkQueue(2, 10)
  const started: number[] = []
  let running = 0
  let most = 0
  const results = await Promise.allSettled(
    Array.from({ length: 9 }, (_, n) =>
      queue.run(async () => {
        started.push(n)
        most = Math.max(most, ++running)
        await new Promise(resolve => setImmediate(resolve))
        running--
        if (n % 3 === 0) throw new Error(`${n}`)
        return n
      }),
    ),
  )
  assert.equal(most, 2)
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6, 7, 8])
  assert.deepEqual(
    results.map(result => result.status === "fulfilled"),
    [false, true, true, false, true, true, false, true, true],
  )
})

test("it says when no more may wait", () => {
  const queue = new WorkQueue(1, 1)
  const forever = () => new Promise<void>(() => {})
  assert.equal(queue.full, false)
  void queue.run(forever)
  assert.equal(queue.full, false)
  void queue.run(forever)
  assert.equal(queue.full, true)
})
