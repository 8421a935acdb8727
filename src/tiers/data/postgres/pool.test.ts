import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { before, type TestContext, test } from "node:test"
import { sql } from "kysely"
import { lostKindOf, unavailableStatusOf } from "../data-errors.ts"
import { eventually, mapWithPrimary } from "../testing/data-for-tests.ts"
import { withNotes } from "../testing/with-notes.ts"
import { openConnection } from "./connection.ts"
import { type TemporaryPostgres, temporaryPostgres } from "./server/temporary-postgres.ts"

/** One server for the tests that leave it as it is. */
let shared: TemporaryPostgres
before(async t => {
  shared = await temporaryPostgres(t as TestContext)
})

/** A server of its own, to be killed. */
async function withOwnServer(t: TestContext, options?: Parameters<typeof withNotes>[2]) {
  return withNotes(t, await temporaryPostgres(t), options)
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected

test("text that looks like SQL stays text", async t => {
  const { db } = await withNotes(t, shared)
  const texts = ["'; drop table notes; --", "$1", "\\'); select 1; --", "é\u{1F333}\n\t", "", "%_"]
  for (const text of texts) await db.insertInto("notes").values({ text }).execute()
  const rows = await db.selectFrom("notes").select("text").orderBy("id").execute()
  assert.deepEqual(
    rows.map(row => row.text),
    texts,
  )
})

test("no more connections than the pool's size, and none is lost", async t => {
  const { data, db } = await withNotes(t, shared, { poolSize: 3 })
  const work = Array.from({ length: 60 }, (_, n) =>
    db
      .insertInto("notes")
      .values({ text: `${n}` })
      .execute(),
  )
  await Promise.all(work)
  const { connections, waiting, healthy } = data.report()
  assert.deepEqual({ connections, waiting, healthy }, { connections: 3, waiting: 0, healthy: true })
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from notes`.execute(db)
  assert.equal(rows[0]?.count, 60)
})

test("the gate is bounded in number and in time", async t => {
  const { postgres, data, db } = await withOwnServer(t, {
    gate: { maxWaiting: 2, maxWaitMs: 1500 },
    poolSize: 2,
  })
  await postgres.kill()
  await eventually("trouble seen", () => !data.report().healthy)
  const read = () => db.selectFrom("notes").selectAll().execute()
  const waiting = [read(), read()]
  for (const one of waiting) one.catch(() => {})
  await eventually("two waiting", () => data.report().waiting === 2)
  await assert.rejects(read(), error => code("BN2201")(error) && unavailableStatusOf(error) === 503)
  for (const one of waiting) {
    await assert.rejects(one, error => {
      assert.match(String(error), /no connection to the database within 1500 ms: .*ECONNREFUSED/)
      return code("BN2202")(error) && unavailableStatusOf(error) === 503
    })
  }
  await postgres.start()
  await eventually("the primary's return", () => data.report().healthy)
  assert.deepEqual(await read(), [])
})

test("a connection given back inside a transaction, or twice, harms nobody", async t => {
  const { data, db } = await withNotes(t, shared, { poolSize: 1 })
  const client = await data.pool.connect()
  await client.query("begin")
  await client.query("insert into notes (text) values ($1)", ["never committed"])
  client.release()
  client.release()
  await assert.rejects(client.query("select 1"), /given back/)
  assert.deepEqual(await db.selectFrom("notes").selectAll().execute(), [])
  assert.equal(data.report().connections, 1)
})

test("an error of the server leaves the connection in use", async t => {
  const { data, db } = await withNotes(t, shared, { poolSize: 1 })
  const pid = async () =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid
  const before = await pid()
  await assert.rejects(sql`select 1/0`.execute(db), error => code("22012")(error))
  await assert.rejects(
    db.transaction().execute(async trx => {
      await trx.insertInto("notes").values({ text: "x" }).execute()
      await sql`select 1/0`.execute(trx)
    }),
    error => code("22012")(error),
  )
  assert.equal(await pid(), before)
  assert.equal(data.report().healthy, true)
})

test("closing refuses new work and lets work at hand finish", async t => {
  const { data, db } = await withNotes(t, shared)
  const slow = sql`select pg_sleep(0.3)`.execute(db)
  await eventually("the sleeper", () => data.report().underWay?.["postgres-1"] === 1)
  const closing = data.close()
  await assert.rejects(db.selectFrom("notes").selectAll().execute(), error => code("BN2204")(error))
  await slow
  await closing
  assert.equal(data.report().connections, 0)
})

/** A second server with the same data: a stopped copy, as a promoted replica would be (same cluster). */
async function twinOf(t: TestContext, postgres: TemporaryPostgres): Promise<TemporaryPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "banyan-pg-twin-"))
  cpSync(join(postgres.folder, "postgres-1.secret"), join(folder, "postgres-1.secret"))
  const twin = await temporaryPostgres(t, { folder })
  await Promise.all([postgres.stop(), twin.stop()])
  rmSync(twin.dataFolder, { recursive: true })
  execFileSync("cp", ["-Rp", postgres.dataFolder, twin.dataFolder])
  await twin.start()
  return twin
}

test("a new address in the map: idle and busy connections to the old one end, waiting work goes to the new", async t => {
  const { postgres, data, db } = await withOwnServer(t, { poolSize: 2 })
  const twin = await twinOf(t, postgres)
  await postgres.start()
  await db.insertInto("notes").values({ text: "on the first" }).execute()
  const busy = [1, 2].map(() => sql`select pg_sleep(600)`.execute(db))
  for (const one of busy) one.catch(() => {})
  await eventually("both connections busy", () => data.report().connections === 2)
  const heard: string[] = []
  await data.listen(
    "moves",
    text => heard.push(text),
    () => heard.push("gap"),
  )
  const waiting = db.insertInto("notes").values({ text: "on the second" }).execute()
  await eventually("one waiting", () => data.report().waiting === 1)
  data.apply(mapWithPrimary(twin.address))
  for (const one of busy) await assert.rejects(one, error => lostKindOf(error) === "unknown")
  await waiting
  const rows = await db.selectFrom("notes").select("text").execute()
  assert.deepEqual(rows, [{ text: "on the second" }])
  await eventually("the listener's move", () => heard.length === 1)
  await sql`select pg_notify('moves', 'from the second')`.execute(db)
  await eventually("the notice", () => heard.length === 2)
  assert.deepEqual(heard, ["gap", "from the second"])
})

async function asSuperuser(postgres: TemporaryPostgres, statement: string): Promise<void> {
  const admin = await openConnection(postgres.address, postgres.superuser, "test")
  await admin.query(statement)
  await admin.end()
}

test("a server of another cluster is refused, and left as soon as the map is mended", async t => {
  const { postgres, data, db } = await withOwnServer(t)
  const stranger = await temporaryPostgres(t)
  // The right password, so that only the identity tells them apart.
  await asSuperuser(stranger, `alter role app password '${postgres.credentials.password}'`)
  data.apply(mapWithPrimary(stranger.address))
  const read = db.selectFrom("notes").selectAll().execute()
  await eventually("the refusal", () => !data.report().healthy && data.report().waiting === 1)
  data.apply(mapWithPrimary(postgres.address))
  assert.deepEqual(await read, [])
})

test("a server in recovery is refused as primary until it is promoted", async t => {
  const { postgres, data, db } = await withOwnServer(t, { gate: { maxWaiting: 9, maxWaitMs: 30_000 } })
  const twin = await twinOf(t, postgres)
  await twin.stop()
  writeFileSync(join(twin.dataFolder, "standby.signal"), "")
  await twin.start()
  data.apply(mapWithPrimary(twin.address))
  const write = db.insertInto("notes").values({ text: "after the promotion" }).execute()
  await eventually("the refusal", () => !data.report().healthy && data.report().waiting === 1)
  await asSuperuser(twin, "select pg_promote(false)")
  await write
  // The former primary runs on with an older timeline: nobody goes back to it.
  await postgres.start()
  data.apply(mapWithPrimary(postgres.address))
  const read = db.selectFrom("notes").select("text").execute()
  await eventually("the refusal", () => !data.report().healthy)
  data.apply(mapWithPrimary(twin.address))
  assert.deepEqual(await read, [{ text: "after the promotion" }])
})

test("the app's role cannot become more than it is", async t => {
  const { data } = await withNotes(t, shared)
  const refused = [
    "alter role app superuser",
    "copy notes to '/tmp/x'",
    "select pg_read_file('PG_VERSION')",
    "create role evil",
  ]
  for (const statement of refused) {
    const client = await data.pool.connect()
    await assert.rejects(client.query(statement), error => code("42501")(error), statement)
    client.release()
  }
})
