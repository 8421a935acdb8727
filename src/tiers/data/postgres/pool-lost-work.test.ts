import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { lostKindOf } from "../data-errors.ts"
import { eventually } from "../testing/data-for-tests.ts"
import { withNotes } from "../testing/with-notes.ts"
import { temporaryPostgres } from "./server/temporary-postgres.ts"

test("kill -9 of Postgres: new work waits for its return, reads at hand are repeated, writes get a typed error, acknowledged work stays", async t => {
  const { postgres, data, db } = await withNotes(t, await temporaryPostgres(t))
  const acknowledged: string[] = []
  const kinds: string[] = []
  let stop = false
  t.after(() => (stop = true))
  const writer = async (name: string) => {
    for (let n = 0; !stop; n++) {
      const text = `${name}-${n}`
      try {
        await db.insertInto("notes").values({ text }).execute()
        acknowledged.push(text)
      } catch (error) {
        kinds.push(lostKindOf(error) ?? String(error))
      }
    }
  }
  const writers = ["a", "b", "c", "d"].map(writer)
  // With a function: that it only reads the server has to be asked.
  const lengths = db.selectFrom("notes").select(({ fn }) => fn<number>("length", ["text"]).as("length"))
  let reads = 0
  const failedReads: unknown[] = []
  const reader = async () => {
    while (!stop)
      await lengths
        .limit(50)
        .execute()
        .then(
          () => reads++,
          error => failedReads.push(error),
        )
  }
  const readers = Promise.all([reader(), reader()])
  await eventually("reads", () => reads > 200)
  const rounds = 5
  for (let round = 1; round <= rounds; round++) {
    const before = acknowledged.length
    await eventually("writes", () => acknowledged.length > before + 40)
    await postgres.kill()
    await eventually(
      "everybody waiting",
      () => data.report().waiting === writers.length + 2 && !data.report().healthy,
    )
    await postgres.start()
  }
  const before = acknowledged.length
  await eventually("writes after the last start", () => acknowledged.length > before + 40)
  stop = true
  await Promise.all(writers)
  await readers
  assert.deepEqual(failedReads, [])
  // At most one statement a writer was at hand when the server died.
  assert.ok(kinds.length <= writers.length * rounds, `errors: ${kinds}`)
  for (const kind of kinds) assert.equal(kind, "unknown")
  assert.equal(data.report().healthy, true)
  const rows = await db.selectFrom("notes").select("text").execute()
  const stored = new Set(rows.map(row => row.text))
  assert.deepEqual(
    acknowledged.filter(text => !stored.has(text)),
    [],
  )
})

test("a transaction whose connection is lost was rolled back, and says so; a lost commit is unknown", async t => {
  const { postgres, db } = await withNotes(t, await temporaryPostgres(t))
  const inTransaction = db.transaction().execute(async trx => {
    await trx.insertInto("notes").values({ text: "lost" }).execute()
    await postgres.kill()
    await trx.insertInto("notes").values({ text: "lost too" }).execute()
  })
  await assert.rejects(inTransaction, error => lostKindOf(error) === "rolled-back")
  await postgres.start()
  const hanging = sql`select pg_sleep(600)`.execute(db)
  hanging.catch(() => {})
  await eventually("the sleeper", async () => {
    const { rows } =
      await sql`select 1 from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()`.execute(
        db,
      )
    return rows.length === 1
  })
  await postgres.kill()
  await assert.rejects(hanging, error => lostKindOf(error) === "unknown")
  await postgres.start()
  assert.deepEqual(await db.selectFrom("notes").selectAll().execute(), [])
})

test("a fast shutdown under work is told as lost work too", async t => {
  const { postgres, db } = await withNotes(t, await temporaryPostgres(t))
  const transaction = db.transaction().execute(async trx => {
    await trx.insertInto("notes").values({ text: "x" }).execute()
    const stopped = postgres.stop()
    await sql`select pg_sleep(600)`.execute(trx)
    await stopped
  })
  await assert.rejects(transaction, error => lostKindOf(error) === "rolled-back")
})
