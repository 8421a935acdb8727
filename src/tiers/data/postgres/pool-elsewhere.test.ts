import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { seededRandom } from "../../../kit/random.ts"
import { PostgresPool } from "./pool.ts"

/** A pool of a server that accepts connections and never says a word. */
function poolOfSilent(waitsForReturn: boolean) {
  return new PostgresPool({
    server: { address: { path: "nowhere" }, open: () => new Promise(() => {}) },
    waitsForReturn,
    size: 2,
    gate: { maxWaiting: 10, maxWaitMs: 60_000 },
    clock: systemClock,
    random: seededRandom(1),
    log: { error() {}, info() {} },
  })
}

test("of a server that hangs, who waits to be let in is told at once when somebody else can do the work", async () => {
  const pool = poolOfSilent(false)
  const waiting = [1, 2, 3].map(() => pool.connect())
  pool.moved()
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, "rejected")
  await pool.end()
})

test("who needs that server goes on waiting, for whoever has its place", async () => {
  const pool = poolOfSilent(true)
  const waiting = pool.connect()
  pool.moved()
  assert.equal(pool.report().waiting, 1)
  await pool.end()
  await assert.rejects(waiting, { code: "BN2204" })
})
