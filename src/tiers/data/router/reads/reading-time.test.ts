import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { Statement } from "../statements/statement.ts"
import { fitInto, learnTimes } from "./reading-time.ts"

const statement = (tookMs?: number): Statement => ({
  text: "select 1",
  kind: "read",
  uses: 2,
  ...(tookMs !== undefined && { tookMs }),
})

test("what is answered together is told apart, whatever was believed at first", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 5, noNaN: true }),
      fc.double({ min: 0.05, max: 5, noNaN: true }),
      (quickMs, slowMs) => {
        const quick = statement()
        const slow = statement()
        learnTimes([quick], quickMs, 0)
        learnTimes([slow], slowMs, 0)
        for (let time = 0; time < 200; time++) learnTimes([quick, slow, quick], quickMs * 2 + slowMs, 0)
        assert.ok(Math.abs((quick.tookMs ?? 0) - quickMs) < 0.01 * quickMs)
        assert.ok(Math.abs((slow.tookMs ?? 0) - slowMs) < 0.01 * slowMs)
      },
    ),
  )
})

test("a busy machine does not make a statement slow for long, a slow one is found out in time", () => {
  const known = statement(0.2)
  learnTimes([known], 20, 0)
  assert.ok((known.tookMs ?? 0) < 2)
  for (let time = 0; time < 10; time++) learnTimes([known], 0.2, 0)
  assert.ok((known.tookMs ?? 0) < 0.3)
  for (let time = 0; time < 100; time++) learnTimes([known], 20, 0)
  assert.ok((known.tookMs ?? 0) > 15)
  assert.ok((known.tookMs ?? 0) <= 20)
})

test("sixteen that wait for one another look sixteen times slower than they are", () => {
  const unknown = statement()
  learnTimes([unknown], 16, 15)
  assert.equal(unknown.tookMs, 1)
})

test("as many as fit, at least one, never more than allowed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 30 }),
      tooks => {
        const count = fitInto(2, 16, tooks.map(statement))
        assert.ok(count >= 1 && count <= 16 && count <= tooks.length)
        const sum = (to: number) => tooks.slice(0, to).reduce((a, b) => a + b, 0)
        assert.ok(count === 1 || sum(count) <= 2)
        if (count < Math.min(16, tooks.length)) assert.ok(sum(count + 1) > 2)
      },
    ),
  )
})
