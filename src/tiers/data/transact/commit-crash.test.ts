import assert from "node:assert/strict"
import { test } from "node:test"
import { CountingWriters, strikeUntil } from "../testing/counting-writers.ts"
import { temporaryFleet } from "../testing/temporary-fleet.ts"

const count = 12
const seed = Number(process.env["BANYAN_SEED"] ?? Date.now() % 2 ** 31)
/** BANYAN_UNKNOWNS=300 for the long form; `npm run bench -- commit-crash` prints it as a table. */
const unknowns = Number(process.env["BANYAN_UNKNOWNS"] ?? 24)

test("primaries are killed, frozen and restarted under writers: every count is acknowledged once and is there once", async t => {
  t.diagnostic(`seed ${seed}`)
  const fleet = await temporaryFleet(t)
  const writers = new CountingWriters(fleet, count)
  t.after(() => writers.db.destroy())
  await writers.start()
  const blows = await strikeUntil(fleet, writers, { unknowns, seed, say: words => t.diagnostic(words) })
  await writers.end()
  assert.deepEqual(await writers.faults(), [])
  t.diagnostic(`${JSON.stringify(blows)} ${JSON.stringify(writers.verdicts)}`)
})
